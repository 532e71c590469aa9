"""What the native build must be told about a class, and what it must tell Python about one (docs/operating.md).

It means nothing where the sources run as they are.
"""

from dataclasses import field, make_dataclass
from typing import TYPE_CHECKING, Any

__all__ = ["declare_native", "mypyc_attr"]

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_: Any) -> Any:
        return lambda cls: cls


def declare_native(record: Any, doc: str | None, fields: list[tuple[Any, ...]]) -> None:
    """Gives a record, which the native build has made a plain class, what it had as a dataclass (docs/adr/0016).

    Each of `fields` is a name and a type, and a default if there is one.
    """
    shapes = [(*of[:2], field(default=of[2])) if of[2:] else of for of in fields]
    form = make_dataclass(record.__name__, shapes, init=False, namespace={"__doc__": doc or record.__name__})
    for name in ("__annotations__", "__dataclass_fields__", "__doc__", "__eq__", "__hash__", "__repr__"):
        setattr(record, name, getattr(form, name))
