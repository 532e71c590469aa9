"""Which errors have really been produced: `pytest -p tests.helpers.produced tests` names those that no test has made happen.

Errors of other processes (nodes, workers) do not count, so an error is to be produced where it is made.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from chain.errors import ChainError
from tests.helpers.sources import error_classes, raisers

_produced: set[type[ChainError]] = set()


@pytest.fixture(autouse=True, scope="session")
def note_errors() -> Iterator[None]:
    """Every error is noted as it comes into being."""
    make = ChainError.__init__

    def note(self: ChainError, **data: Any) -> None:
        _produced.add(type(self))
        make(self, **data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChainError, "__init__", note)
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    classes = [cls for cls in error_classes() if cls in raisers()]
    missing = sorted((cls for cls in classes if cls not in _produced), key=lambda cls: cls.code)
    terminalreporter.write_line(f"{len(classes) - len(missing)} of {len(classes)} errors were produced")
    for cls in missing:
        terminalreporter.write_line(f"not produced: {cls.code} ({', '.join(raisers()[cls])})")
