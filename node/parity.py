"""Comparing our answers with those that a real hived gave (a folder with block_log, spec.json and dumps/*.json.gz).

The first divergent block is found while replaying: by its operations, and by the checkpoints of the state that hived took on the
way. What is left at the end is compared dump by dump.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chain.chain import Chain
from chain.errors import ChainError, InvalidInput
from node import replay
from node.dumps import CHECKPOINT_DUMPS, DUMPS

DIFFERENCES_SHOWN_MAX = 1_000  # of one dump: more say nothing new
# A live hived lags by a round where a replaying one does not: not a matter of the state (parity chains' README).
NODE_LOCAL = ("last_irreversible_block_num",)

Progress = Callable[[int], None]


class NotAScenario(InvalidInput):
    code = "not_a_scenario"
    text = "{path} is no parity scenario: it has no {missing}"


@dataclass(slots=True, frozen=True)
class Difference:
    """One value of a dump that is not hived's."""

    dump: str
    path: str
    expected: Any
    actual: Any

    def to_json(self) -> dict[str, Any]:
        return {"dump": self.dump, "path": self.path, "hived": self.expected, "skald": self.actual}


@dataclass(slots=True)
class Report:
    """What a scenario's comparison found."""

    scenario: str
    blocks: int = 0
    transactions: int = 0
    operations: int = 0
    differences: list[Difference] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)  # values by dump
    first_divergent_block: int | None = None
    refused: str = ""

    @property
    def count(self) -> int:
        return len(self.differences) + bool(self.refused)

    def by_dump(self) -> dict[str, int]:
        return dict(Counter(difference.dump for difference in self.differences))

    def take(self, num: int, dump: str, expected: Any, actual: Any, path: str = "") -> None:
        """Compare one dump, or a part of it, of the state after block `num`."""
        self.compared[dump] += values_in(expected)
        differences = compare(dump, expected, actual, path)
        if differences and self.first_divergent_block is None:
            self.first_divergent_block = num
        self.differences.extend(differences)

    def to_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "blocks": self.blocks,
            "transactions": self.transactions,
            "operations": self.operations,
            "first_divergent_block": self.first_divergent_block,
            "refused": self.refused,
            "compared": dict(self.compared),
            "by_dump": self.by_dump(),
            "differences": [difference.to_json() for difference in self.differences],
        }


def compare_scenario(folder: Path, progress: Progress = lambda _done: None) -> Report:
    """Replay a scenario and compare all of it. Raises NotAScenario; what the chain refuses is part of the report."""
    for name in ("block_log", "spec.json", "dumps"):
        if not (folder / name).exists():
            raise NotAScenario(path=folder, missing=name)
    report = Report(folder.name)
    chain = replay.chain_of_scenario(folder, check_every_block=True)
    expected_operations = read_dump(folder, "ops_by_block")
    checkpoints = read_dump(folder, "checkpoints")
    try:
        for num, applied in replay.replay(chain, folder / "block_log"):
            report.blocks = num
            report.transactions += len({e.trx_in_block for e in applied if not e.virtual})
            report.operations += sum(not entry.virtual for entry in applied)
            actual = replay.operations_json(chain, applied)
            report.take(num, "ops_by_block", expected_operations.get(str(num), []), actual, f"/{num}")
            take_checkpoint(report, chain, num, checkpoints.get(str(num), {}))
            progress(num)
    except ChainError as error:
        report.refused = f"block {report.blocks + 1}: {error} [{error.code}]"
        if report.first_divergent_block is None:
            report.first_divergent_block = report.blocks + 1
        return report
    for name, dump in DUMPS.items():
        path = folder / "dumps" / f"{name}.json.gz"
        if path.exists():
            expected = read_dump(folder, name)
            report.take(report.blocks, name, expected, dump(chain, expected))
    return report


def take_checkpoint(report: Report, chain: Chain, num: int, expected: dict[str, Any]) -> None:
    for name, dump in CHECKPOINT_DUMPS.items():
        if name in expected:
            report.take(num, f"checkpoints.{name}", expected[name], dump(chain, expected[name]), f"/{num}")


def read_dump(folder: Path, name: str) -> Any:
    with gzip.open(folder / "dumps" / f"{name}.json.gz") as file:
        return json.load(file)


def compare(dump: str, expected: Any, actual: Any, path: str = "") -> list[Difference]:
    """All places where two JSON values differ; lists of named objects are matched by name."""
    found: list[Difference] = []
    _compare(dump, expected, json.loads(json.dumps(actual)), path, found)
    return found[:DIFFERENCES_SHOWN_MAX]


def _compare(dump: str, expected: Any, actual: Any, path: str, found: list[Difference]) -> None:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted({*expected, *actual}):
            if key not in NODE_LOCAL:
                _compare(dump, expected.get(key), actual.get(key), f"{path}/{key}", found)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for position, (one, other) in enumerate(zip(expected, actual, strict=True)):
            _compare(dump, one, other, f"{path}/{_name(one, position)}", found)
    elif expected != actual or type(expected) is not type(actual):
        found.append(Difference(dump, path, expected, actual))


def values_in(value: Any) -> int:
    """How many numbers, texts and truths a JSON value holds."""
    if isinstance(value, dict):
        return sum(map(values_in, value.values()))
    return sum(map(values_in, value)) if isinstance(value, list) else 1


def _name(value: Any, position: int) -> str:
    """What a person would call an element of a list."""
    if isinstance(value, dict):
        for key in ("name", "owner", "author"):
            if isinstance(value.get(key), str):
                return f"{position}:{value[key]}"
    return str(position)


def write_dumps(chain: Chain, folder: Path, operations: dict[str, Any]) -> list[str]:
    """The operations of all blocks and every dump of the head, as JSON files. Returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = {"ops_by_block": operations, **{name: dump(chain, None) for name, dump in DUMPS.items()}}
    for name, value in shown.items():
        (folder / f"{name}.json").write_text(json.dumps(value, sort_keys=True, indent=1))
    return list(shown)
