"""Where the reference data lies: in a folder `shared` beside the project, on machines that have it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared_path(*parts: str) -> Path:
    """The path of a reference file; the test is skipped with one clear line where it is missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"reference data not here: shared/{'/'.join(parts)}")
    return path
