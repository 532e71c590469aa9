"""The generated parts of docs/apis.md: which of hived's methods are served, which not, and where answers differ, and why."""

from collections import Counter
from collections.abc import Iterator

from node.rpc.apis import make_registry
from node.rpc.left_out import LEFT_OUT
from tests.helpers.vectors import content, vectors

METHODS_OF_HIVED: dict[str, list[str]] = content("hived_methods.json")["namespaces"]


def served_namespaces() -> Iterator[str]:
    """Each namespace of hived: how many of its methods are served, and which of them are not."""
    yield from ("| namespace | of hived's methods | served | here besides |", "|---|---|---|---|")
    ours = make_registry().methods
    for namespace, names in sorted(METHODS_OF_HIVED.items()):
        served = sum(f"{namespace}.{name}" in ours for name in names)
        more = sorted(set(_names_in(ours, namespace)) - set(names))
        yield f"| {namespace} | {len(names)} | {served or '–'} | {', '.join(f'`{name}`' for name in more)} |"
    others = Counter(name.partition(".")[0] for name in ours)
    for namespace in sorted(set(others) - set(METHODS_OF_HIVED)):
        yield f"| {namespace} | – | {others[namespace]} | |"


def _names_in(methods: dict[str, object], namespace: str) -> Iterator[str]:
    return (name.partition(".")[2] for name in methods if name.startswith(f"{namespace}."))


def left_out() -> Iterator[str]:
    """What is not served, and why."""
    yield from ("| method | why |", "|---|---|")
    for name, reason in sorted(LEFT_OUT.items()):
        yield f"| `{name if '.' in name else f'{name}.*'}` | {reason} |"


def differing_members() -> Iterator[str]:
    """Members by which our answers differ from the samples of Hive's tests."""
    yield from ("| method | member | |", "|---|---|---|")
    for sample in vectors("sample_replies.json", "replies"):
        for path, reason in sample.get("differs", {}).items():
            yield f"| `{sample['method']}` | `{path.replace(',', ', ')}` | {reason} |"
