"""Reading our own copies of conformance vectors in tests/vectors/."""

import functools
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "vectors"


@functools.cache
def content(name: str) -> dict[str, Any]:
    """A whole file."""
    value: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return value


def vectors(name: str, part: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = content(name)[part]
    assert rows, f"{name} holds no {part}"
    return rows
