"""The generated parts of docs/parity.md: which operation stands where, who tests it, and how often hived's own logs hold it.

`python -m tests.helpers.parity_docs` counts the operations of hived's logs anew (tests/vectors/parity_operations.json).
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chain.blocklog import read_blocks
from chain.operation import OPERATIONS, Operation
from chain.presets import HIVED_TESTNET
from tests.helpers.shared import SHARED
from tests.helpers.sources import PROJECT
from tests.helpers.vectors import vectors

COUNTS = PROJECT / "tests" / "vectors" / "parity_operations.json"
SCENARIOS = ("content", "stake", "money", "governance", "mixed", "edge", "genesis", "hf27", "debt", "debtlimit")
TEST_FOLDERS = ("chain", "cli", "node")
A_FEW = 16  # operations; a test that speaks of more is about forms or limits


def parity_operations() -> Iterator[str]:
    """Every operation: its file, the test that speaks of it most, and where real ones come from."""
    yield from ("| № | operation | file | test | in hived's logs | vectors |", "|---|---|---|---|---|---|")
    counts: dict[str, dict[str, int]] = json.loads(COUNTS.read_text(encoding="utf-8"))["operations"]
    packed = Counter(
        name_of(operation)
        for case in vectors("transactions.json", "transactions")
        for operation in case["json"]["operations"]
    )
    for number in sorted(OPERATIONS):
        cls = OPERATIONS[number]
        found = counts.get(cls.name, {})
        logs = f"{sum(found.values()):,} in {len(found)}" if found else "–"
        where = f"`{cls.__module__.replace('.', '/')}.py`"
        yield f"| {number} | `{cls.name}` | {where} | `{test_of(cls)}` | {logs} | {packed[cls.name] or '–'} |"


def name_of(operation: Any) -> str:
    """In both JSON forms."""
    name = operation["type"] if isinstance(operation, dict) else operation[0]
    return str(name).removesuffix("_operation")


@cache
def _tests() -> dict[str, str]:
    paths = (path for folder in TEST_FOLDERS for path in sorted((PROJECT / "tests" / folder).glob("test_*.py")))
    return {path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def _verbs() -> dict[str, list[str]]:
    """Operation → methods of the test helper `World` that apply it, themselves or by a private one."""
    found: dict[str, list[str]] = {}
    callers: dict[str, list[str]] = {}
    tree = ast.parse((PROJECT / "tests" / "helpers" / "world.py").read_text(encoding="utf-8"))
    for method in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(method) if isinstance(node, ast.Call)):
            match call:
                case ast.Call(func=ast.Attribute(attr="do"), args=[ast.Constant(value=str(name)), *_]):
                    found.setdefault(name, []).append(method.name)
                case ast.Call(func=ast.Attribute(attr=name)):
                    callers.setdefault(name, []).append(method.name)
    return {name: [*verbs, *(one for verb in verbs for one in callers.get(verb, ()))] for name, verbs in found.items()}


def test_of(cls: type[Operation]) -> str:
    """The test file in which an operation occurs most often, of those that are about a few operations if there is one."""
    found = {path: counts[cls.name] for path, counts in _occurrences().items() if counts[cls.name]}
    if not found:
        raise ValueError(f"no test speaks of {cls.name}")
    of_few = {path: count for path, count in found.items() if len(_occurrences()[path]) <= A_FEW}
    chosen = of_few or found
    return max(chosen, key=lambda path: chosen[path])


@cache
def _occurrences() -> dict[str, Counter[str]]:
    """Test file → operation → how often it is named, made or applied there."""
    found: dict[str, Counter[str]] = {path: Counter() for path in _tests()}
    for cls in OPERATIONS.values():
        ways = [rf'"{cls.name}"', rf"\b{cls.__name__}\("] + [rf"\.{verb}\(" for verb in _verbs().get(cls.name, ())]
        pattern = re.compile("|".join(ways))
        for path, text in _tests().items():
            if count := len(pattern.findall(text)):
                found[path][cls.name] = count
    return found


def count_operations(folder: Path) -> dict[str, dict[str, int]]:
    """Of every scenario below a folder: operation → scenario → how many."""
    found: dict[str, dict[str, int]] = {cls.name: {} for _, cls in sorted(OPERATIONS.items())}
    for scenario in SCENARIOS:
        with (folder / scenario / "block_log").open("rb") as file:
            for block in read_blocks(file, HIVED_TESTNET.dialect):
                for transaction in block.transactions:
                    for operation in transaction.operations:
                        of_kind = found[operation.name]
                        of_kind[scenario] = of_kind.get(scenario, 0) + 1
    return {name: counts for name, counts in found.items() if counts}


if __name__ == "__main__":
    about = "Operations by kind in ten block logs that hived 1.28.3 (testnet build) wrote, counted from the logs."
    document = {"about": about, "operations": count_operations(SHARED / "parity")}
    COUNTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
