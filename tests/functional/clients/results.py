"""What the clients last did, kept as data: results.json, from which docs/clients.md has its table."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.functional.clients.flows import CLIENTS, FLOWS, HERE
from tests.functional.clients.packages import version_of

RESULTS: Final = HERE / "results.json"
ABSENT: Final = "absent: "


def read_results() -> dict[str, Any]:
    """Client → its package and version, and flow → "passed", "failed" or "absent: " and why."""
    return dict(json.loads(RESULTS.read_text(encoding="utf-8")))


def write_results(flows: Mapping[str, Mapping[str, str]]) -> None:
    """Put in what these clients did; what is known of others stays."""
    known = read_results() if RESULTS.exists() else {}
    for name, client in CLIENTS.items():
        if name in flows:
            known[name] = {"package": client.package, "version": version_of(client), "flows": dict(flows[name])}
    ordered = {name: known[name] for name in CLIENTS if name in known}
    RESULTS.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def client_table() -> Iterator[str]:
    """Client × flow, and below it why something is not there."""
    results = read_results()
    notes: list[str] = []
    yield "| | " + " | ".join(f"{name} {one['version']}" for name, one in results.items()) + " |"
    yield "|---|" + "---|" * len(results)
    for flow in FLOWS:
        cells = [_cell(one["flows"][flow], notes) for one in results.values()]
        yield f"| {flow} | " + " | ".join(cells) + " |"
    yield ""
    yield from (f"{number}. {note}" for number, note in enumerate(notes, start=1))


def _cell(outcome: str, notes: list[str]) -> str:
    if not outcome.startswith(ABSENT):
        return {"passed": "✓"}.get(outcome, outcome)
    note = outcome.removeprefix(ABSENT)
    if note not in notes:
        notes.append(note)
    return f"– ({notes.index(note) + 1})"
