"""The floors of dependencies that carry security fixes: what pyproject.toml asks for, and what is installed."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

FIXED_IN = {
    "pynacl": ("1.6.2", "CVE-2025-69277: takes keys with a hidden low-order part"),
    "msgpack": ("1.2.3", "CVE-2026-114613: memory leak on refused map keys"),
    "aiohttp": ("3.14.4", "CVE-2026-128131: quadratic CPU on empty compressed members"),
    "starlette": ("0.49.1", "CVE-2025-62727: quadratic Range header"),
}
ASKED = {
    wanted.name.lower(): wanted
    for text in tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["dependencies"]
    for wanted in [Requirement(text)]
}


@pytest.mark.parametrize("name", FIXED_IN)
def test_no_version_with_a_known_hole_is_taken(name: str) -> None:
    fixed, hole = FIXED_IN[name]
    floors = [Version(one.version) for one in ASKED[name].specifier if one.operator == ">="]
    assert floors
    assert max(floors) >= Version(fixed), hole
    assert Version(version(name)) >= Version(fixed), hole
