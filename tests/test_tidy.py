"""House rules that no linter knows. They read the sources, so they hold without anybody remembering them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("rewards", "chain", "node", "cli")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

DETERMINISTIC = ("rewards", "chain")
FORBIDDEN_IMPORTS = {"time", "random", "asyncio", "threading", "secrets", "datetime", "socket", "locale", "os"}
# Rooms of the protocol half that are tools of people rather than of the state machine.
MAY_IMPORT = {
    "chain/directory.py": {"os"},
    "chain/leveldb.py": {"os"},
    "chain/types.py": {"datetime"},  # calendar arithmetic only: between a date's text and its seconds
    "chain/keys.py": {"secrets", "os"},
    "chain/memo.py": {"secrets", "os"},
}


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name_of)
def test_a_file_holds_one_subject(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=name_of)
def test_a_function_can_be_seen_at_once(path: Path) -> None:
    assert list(long_functions(path)) == []


class Findings(ast.NodeVisitor):
    """What must not stand in a state machine that has to come to the same result everywhere."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[str] = []

    def say(self, node: ast.AST, what: str) -> None:
        self.found.append(f"{self.path}:{getattr(node, 'lineno', 0)} {what}")

    def check_import(self, node: ast.AST, module: str) -> None:
        root = module.split(".", maxsplit=1)[0]
        if root in FORBIDDEN_IMPORTS and root not in MAY_IMPORT.get(self.path, set()):
            self.say(node, f"imports {root}")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.check_import(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.check_import(node, node.module or "")

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, float):
            self.say(node, "has a float")

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, ast.Div) and not isinstance(node.right, ast.Constant | ast.JoinedStr):
            self.say(node, "divides with /")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.check_iteration(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.check_iteration(node.iter)
        self.generic_visit(node)

    def check_iteration(self, over: ast.expr) -> None:
        is_set = isinstance(over, ast.Set | ast.SetComp) or (
            isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in {"set", "frozenset"}
        )
        if is_set:
            self.say(over, "iterates over a set")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in {"hash", "id", "float"}:
            self.say(node, f"calls {node.func.id}()")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"):
            self.say(node, "catches every Exception")
        self.generic_visit(node)


EXCUSED = {
    ("chain/store.py", "calls id()"),  # a table's identity as a dictionary key, never an order
    ("chain/directory.py", "divides with /"),  # paths
    ("chain/leveldb.py", "divides with /"),  # paths
    ("chain/leveldb_manifest.py", "divides with /"),  # paths
    ("chain/presets.py", "divides with /"),  # paths
}


def findings(path: str, text: str) -> list[str]:
    visitor = Findings(path)
    visitor.visit(ast.parse(text))
    allowed = {what for place, what in EXCUSED if place == path}
    return [found for found in visitor.found if not any(found.endswith(what) for what in allowed)]


@pytest.mark.parametrize("path", sources(*DETERMINISTIC), ids=name_of)
def test_the_state_machine_is_deterministic(path: Path) -> None:
    assert findings(name_of(path), path.read_text()) == []


PURE = [path for path in sources("node") if path.parent.name == "p2p" and path.name != "transport.py"]


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_what_nodes_say_to_each_other_follows_from_its_inputs(path: Path) -> None:
    """Whole networks are played through from one seed: time, chance and bytes come in as arguments."""
    assert [found for found in findings(name_of(path), path.read_text()) if " imports " in found] == []


BAD_SNIPPETS = [
    "import time",
    "from random import choice",
    "import os",
    "x = 0.5",
    "y = a / b",
    "for x in {1, 2}: pass",
    "z = [x for x in set(y)]",
    "h = hash(x)",
    "try:\n    f()\nexcept Exception:\n    pass",
    "try:\n    f()\nexcept:\n    pass",
    "import asyncio",
]


@pytest.mark.parametrize("snippet", BAD_SNIPPETS)
def test_the_tidy_test_itself_sees(snippet: str) -> None:
    assert findings("chain/example.py", snippet)


def test_every_test_folder_mirrors_a_package() -> None:
    others = {"helpers", "vectors", "property", "functional", "benchmarks", "sim", "__pycache__"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()} - others
    assert folders <= set(PACKAGES)


def test_the_top_level_holds_nothing_else() -> None:
    expected = {
        *PACKAGES,
        *("tests", "docs", ".ci", "pyproject.toml", "README.md", "genesis.json", "LICENSE", "CHANGELOG.md", "Makefile"),
        *(".git", ".gitignore"),
    }
    ignored = {
        ".venv",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".import_linter_cache",
        ".coverage",
    }
    assert {path.name for path in ROOT.iterdir()} - expected - ignored <= {"__pycache__", "build", "dist"}


HARDFORK_ROOMS = {"chain/rules.py", "chain/hardforks.py", "chain/rows/totals.py", "chain/views/globals.py"}


def test_rules_ask_for_their_name_never_for_the_number_of_a_hardfork() -> None:
    asking = {name_of(path) for path in sources(*PACKAGES) if "last_hardfork" in path.read_text()}
    assert asking == HARDFORK_ROOMS


def test_every_named_rule_is_asked_for() -> None:
    names = re.findall(r"^([A-Z_]+): Final = Rule\(", (ROOT / "chain" / "rules.py").read_text(), re.MULTILINE)
    texts = [path.read_text() for path in sources("chain") if name_of(path) != "chain/rules.py"]
    assert names
    assert [name for name in names if not any(f"in_force(state, {name})" in text for text in texts)] == []
