"""What the native build must be told about a class (docs/operating.md). It means nothing where the sources run as they are."""

from typing import TYPE_CHECKING, Any

__all__ = ["mypyc_attr"]

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_: Any) -> Any:
        return lambda cls: cls
