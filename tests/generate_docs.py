"""The generated parts of docs/: tables that are made from the declarations themselves, so that they cannot go stale.

`make docs` (python -m tests.generate_docs) writes them anew; tests/test_docs.py fails where that would change anything. A part stands
in its document between `<!-- generated: NAME -->` and `<!-- end: NAME -->`; what is written there by hand is lost.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from chain import rules
from chain.asset import HIVE, Asset
from chain.balances import InsufficientFunds
from chain.events import EVENTS
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS, Operation
from chain.operations import OPERATION  # noqa: F401  # fills the register
from chain.params import MAINNET
from chain.presets import DEVNET, HIVED_TESTNET
from chain.store import Store
from chain.table import Table
from chain.tables import Tables
from chain.views.payouts import payout_view
from chain.wire import LEGACY
from cli.output import Failure
from node import config
from node.devnet import devnet_namespace
from node.metrics import Metrics
from node.rpc.apis import make_registry
from node.rpc.errors import error_object
from node.rpc.openrpc import EXAMPLES_FILE
from node.rpc.pages import json_text
from node.rpc.registry import Method
from tests.functional.clients.results import client_table
from tests.helpers.api_docs import differing_members, left_out, served_namespaces
from tests.helpers.command_docs import cell, command_line, doc_of
from tests.helpers.examples import examples_text
from tests.helpers.first_posts import first_posts
from tests.helpers.p2p_docs import (
    p2p_budgets,
    p2p_hub_limits,
    p2p_limits,
    p2p_messages,
    p2p_offences,
    p2p_place_limits,
    p2p_reasons,
    p2p_states,
)
from tests.helpers.parity_docs import parity_operations
from tests.helpers.payout_example import payout_example
from tests.helpers.reference_docs import JSON_WIDTH, addresses, error_codes, reference_index, reference_pages
from tests.helpers.sources import PROJECT, error_classes, failure_classes, raisers
from tests.helpers.world import World

DOCS = PROJECT / "docs"

REFUSED_BY_HIVE = {
    "account_create_with_delegation",
    "custom_binary",
    "pow",
    "pow2",
    "reset_account",
    "set_reset_account",
    "witness_block_approve",
}
"""Operations that no block of Hive may hold (any more), so that there is nothing to support."""


# --- docs/genesis.md

_GROUP = re.compile(r"    # --- (.+)")
_FIELD = re.compile(r"    (\w+): (?:int|bool) = .+?(?:  # (.+))?")


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:,}".replace(",", " ")


def parameters() -> Iterator[str]:
    """One table for each group of fields of chain.params, with the comments beside them."""
    source = (PROJECT / "chain" / "params.py").read_text(encoding="utf-8")
    body = source[source.index("class Params:") : source.index("    def hardfork_time")]
    group = "identity"
    for line in body.splitlines():
        if match := _GROUP.fullmatch(line):
            group = match[1]
            if group != "identity":
                yield from (
                    "",
                    f"### {group}",
                    "",
                    "| name | mainnet | hived-testnet | devnet | |",
                    "|---|---|---|---|---|",
                )
        elif group != "identity" and (match := _FIELD.fullmatch(line)):
            name, note = match[1], match[2] or ""
            values = " | ".join(_shown(getattr(params, name)) for params in (MAINNET, HIVED_TESTNET, DEVNET))
            yield f"| `{name}` | {values} | {note} |"


# --- docs/storage.md


def all_tables() -> list[Table[Any, Any]]:
    store = Store(MemoryBackend())
    Tables(store)
    return store.tables


def key_names(table: Table[Any, Any]) -> list[str]:
    """The fields of a table's key. They come first in the row, so as many as the key has parts."""
    parts = table.key_of.__reduce__()[1]  # type: ignore[misc]  # an attrgetter tells its names only to pickle
    return [str(part) for part in parts]


ABOUT_ROWS = {
    "Delegation": "VESTS lent to another account to vote with.",
    "Hardforks": "Which rules are in force, since when, and which the witnesses vote for.",
    "Metadata": "What an account says about itself, and the keys that refer to it.",
    "RewardFund": "HIVE waiting for posts, and the claims it is divided by.",
    "Vote": "A vote on a post that is not paid yet.",
    "WithdrawRoute": "Where a part of each power-down goes.",
    "Witness": "A witness: its key, votes, place in the schedule, wishes and price.",
    "WitnessVote": "An account's vote for a witness.",
}
"""Of rows whose name says enough in the source."""


def about_row(table: Table[Any, Any]) -> str:
    about = doc_of(table.row_type)
    return ABOUT_ROWS[table.row_type.__name__] if about.startswith(f"{table.row_type.__name__}(") else about


def index_orders() -> dict[tuple[str, str], str]:
    """(name of the table's class, name of the index) → what it is sorted by, as chain.tables writes it."""
    tree = ast.parse((PROJECT / "chain" / "tables.py").read_text(encoding="utf-8"))
    found = {}
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for call in (node for node in ast.walk(cls) if isinstance(node, ast.Call)):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="index"), args=[ast.Constant(value=str(name)), ast.Lambda() as order]
                ):
                    found[cls.name, name] = ast.unparse(order.body)
    return found


def index_name(table: Table[Any, Any], prefix: bytes) -> str:
    return prefix[1 + len(table.prefix) : -1].decode()


def tables() -> Iterator[str]:
    """Every table with its prefix, key, row and indexes."""
    orders = index_orders()
    for consensus, title in ((True, "Consensus"), (False, "Beside consensus")):
        yield from ("", f"### {title}", "", "| prefix | row | key | the array | |", "|---|---|---|---|---|")
        for table in sorted(all_tables(), key=lambda one: one.prefix):
            if table.consensus is consensus:
                members = ", ".join(table.names)
                key = ", ".join(key_names(table))
                about = about_row(table)
                yield f"| `{table.prefix.decode()}` | `{table.row_type.__name__}` | {key} | {members} | {about} |"
    yield from (
        "",
        "### Indexes",
        "",
        "| table | index | sorted by; rows for which this is None are left out |",
        "|---|---|---|",
    )
    for table in sorted(all_tables(), key=lambda one: one.prefix):
        for index in table.indexes:
            name = index_name(table, index.prefix)
            order = orders[type(table).__name__, name].replace("|", "\\|")
            yield f"| `{table.prefix.decode()}` {table.row_type.__name__} | `{name}` | `{order}` |"


# --- docs/protocol.md


def state_of(cls: type[Operation]) -> str:
    if cls.name in REFUSED_BY_HIVE:
        return "refused, as Hive does"
    return "applied"


def members_of(cls: Any) -> str:
    return ", ".join(field.name.removesuffix("_") for field in fields(cls))


def operations() -> Iterator[str]:
    """Every operation with its number, members in Hive's order, and whether blocks with it can be applied."""
    yield from ("| № | operation | members | | here |", "|---|---|---|---|---|")
    for number in sorted(OPERATIONS):
        cls = OPERATIONS[number]
        yield f"| {number} | `{cls.name}` | {members_of(cls)} | {doc_of(cls)} | {state_of(cls)} |"


def events() -> Iterator[str]:
    """Every virtual operation."""
    yield from ("| № | event | members | |", "|---|---|---|---|")
    for number in sorted(EVENTS):
        cls = EVENTS[number]
        yield f"| {number} | `{cls.name}` | {members_of(cls)} | {doc_of(cls)} |"


def named_rules() -> dict[str, rules.Rule]:
    """Every rule that a hardfork changed, as chain.rules has them."""
    return {name: value for name, value in vars(rules).items() if isinstance(value, rules.Rule)}


def rule_changes() -> Iterator[str]:
    """What is different since which hardfork, by section."""
    yield from ("| since | § | what | in the code |", "|---|---|---|---|")
    for name, rule in sorted(named_rules().items(), key=lambda item: (item[1].hardfork, section_of(item[1]), item[0])):
        text, _, section = rule.text[:-1].rpartition(" (§")
        yield f"| {rule.hardfork} | {section} | {text[0].upper()}{text[1:]} | `{name}` |"


def section_of(rule: rules.Rule) -> list[int]:
    """The numbers at the end of its text: (§2.4) is [2, 4]."""
    return [int(part) for part in re.findall(r"\d+", rule.text.rpartition(" (§")[2])]


# --- docs/rpc.md


def all_methods() -> dict[str, Method]:
    """Those of every node, and those of a devnet besides."""
    registry = make_registry()
    registry.include(devnet_namespace(None, None, None))  # type: ignore[arg-type]  # declared here, never called
    return registry.methods


def methods() -> Iterator[str]:
    """Where every method is described."""
    yield from reference_index(all_methods())


def refusal() -> Iterator[str]:
    """The error object of a transfer without money."""
    error = InsufficientFunds(account="alice", required=Asset(1_000, HIVE), available=Asset(250, HIVE))
    yield from ("```json", json_text(error_object(error, 1_767_225_600), JSON_WIDTH), "```")


def payout_answer() -> Iterator[str]:
    """What skald_api.get_payouts answers for a post with one vote, a minute after it was published."""
    world = World()
    world.accounts("alice", "bob")
    world.account("carol", vests="10000000.000000 VESTS")
    world.fund(hive=800_000_000, recent_claims=10**15)
    world.post("alice", "hello")
    world.options("alice", "hello", {"bob": 1_000})
    world.vote("carol", "alice", "hello")
    view = payout_view(world.state, "alice", "hello", LEGACY)
    assert view is not None
    yield from ("```json", json_text(view, JSON_WIDTH), "```")


# --- docs/operating.md


def settings() -> Iterator[str]:
    """Every setting, with its environment variable and flag."""
    yield from config.docs_table().splitlines()


def metrics() -> Iterator[str]:
    """Every metric that is declared in one place; the runner adds gauges of what it watches."""
    yield from ("| metric | kind | |", "|---|---|---|")
    for metric in sorted(Metrics().registry.collect(), key=lambda one: one.name):
        yield f"| `{metric.name}` | {metric.type} | {cell(metric.documentation)} |"


# --- docs/errors.md


def errors() -> Iterator[str]:
    """Every error of the node and the chain, by family."""
    everything = error_classes()
    root, families = everything[0], everything[0].__subclasses__()
    families = [cls for cls in families if cls in everything]
    lonely = [cls for cls in families if len(family_of(cls, everything)) == 1]
    for family in sorted(set(families) - set(lonely), key=lambda cls: cls.code):
        yield from ("", f"### {family.__name__}", "", *_error_table(family_of(family, everything)))
    yield from ("", "### Others", "", *_error_table([root, *lonely]))


def family_of(cls: type, everything: list[Any]) -> list[Any]:
    return [one for one in everything if issubclass(one, cls)]


def _error_table(classes: list[Any]) -> Iterator[str]:
    yield from ("| code | sentence | raised in |", "|---|---|---|")
    for cls in sorted(classes, key=lambda one: one.code):
        places = ", ".join(f"`{path}`" for path in raisers().get(cls, [])) or "–"
        yield f"| `{cls.code}` | {cell(cls.text)} | {places} |"


def failures() -> Iterator[str]:
    """Every failure of the command line, with its exit status."""
    yield from ("| code | exit status | | made in |", "|---|---|---|---|")
    for cls in sorted(failure_classes(), key=lambda one: (one.exit_code, one.code)):
        about = doc_of(cls) if cls.__doc__ else "" if cls is not Failure else doc_of(Failure)
        places = ", ".join(f"`{path}`" for path in raisers().get(cls, [])) or "–"
        yield f"| `{cls.code}` | {cls.exit_code} | {about} | {places} |"


# --- putting them in

PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "apis.md namespaces": served_namespaces,
    "apis.md left-out": left_out,
    "apis.md differing-members": differing_members,
    "app-developers.md first posts": first_posts,
    "genesis.md parameters": parameters,
    "storage.md tables": tables,
    "protocol.md rules": rule_changes,
    "protocol.md operations": operations,
    "protocol.md events": events,
    "rpc.md methods": methods,
    "rpc.md error codes": error_codes,
    "rpc.md addresses": addresses,
    "rpc.md refusal": refusal,
    "rpc.md payouts": payout_answer,
    "operating.md settings": settings,
    "operating.md metrics": metrics,
    "errors.md errors": errors,
    "errors.md failures": failures,
    "cli.md commands": command_line,
    "clients.md flows": client_table,
    "economics.md payout": payout_example,
    "parity.md operations": parity_operations,
    "p2p.md states": p2p_states,
    "p2p.md messages": p2p_messages,
    "p2p.md limits": p2p_limits,
    "p2p.md budgets": p2p_budgets,
    "p2p.md offences": p2p_offences,
    "p2p.md reasons": p2p_reasons,
    "p2p.md hub limits": p2p_hub_limits,
    "p2p.md place limits": p2p_place_limits,
}
"""`document part` → the lines of the part."""


def with_part(document: str, name: str, lines: Iterator[str]) -> str:
    """The document with one part made anew."""
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->\n"
    before, found, rest = document.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"no part {name} between its two marks")
    return before + begin + "\n".join(lines).strip() + "\n" + end + after


def fresh(file_name: str) -> str:
    """A document with all its parts made anew."""
    document = (DOCS / file_name).read_text(encoding="utf-8")
    for place, part in PARTS.items():
        where, _, name = place.partition(" ")
        if where == file_name:
            document = with_part(document, name, part())
    return document


@cache
def whole_files() -> dict[Path, str]:
    """Files that are generated from their first line to their last."""
    pages = {DOCS / name: text for name, text in reference_pages(all_methods()).items()}
    return {EXAMPLES_FILE: examples_text(), **pages}


def main() -> None:
    texts = {DOCS / file_name: fresh(file_name) for file_name in {place.partition(" ")[0] for place in PARTS}}
    for path, text in sorted((texts | whole_files()).items()):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(PROJECT)} was written anew")


if __name__ == "__main__":
    main()
