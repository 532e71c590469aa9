"""What every operation is, and the register of them all (protocol.md §10.1).

An operation is a slotted dataclass. Its fields, in Hive's order, are all that its binary and JSON forms need. It knows its shape
(`validate`, without state), who must sign (`authorities`) and its effect (`apply`, on the state). `chain.operations` holds one file
for each and fills the register.
"""

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, dataclass_transform

from chain.authority import Authorities
from chain.fields import declare, snake_case
from chain.native import mypyc_attr

if TYPE_CHECKING:
    from chain.params import Params
    from chain.state import State

Kind = TypeVar("Kind", bound="Operation")


@mypyc_attr(allow_interpreted_subclasses=True)
class Operation:
    """An intent of a user. `name` is Hive's name without `_operation`; `operation_id` its number on the wire."""

    __slots__ = ()

    operation_id: ClassVar[int]
    name: ClassVar[str]
    omitted: ClassVar[dict[str, Any]] = {}
    """What a member that is absent from JSON means, where that is not zero, false or empty."""

    def validate(self, params: "Params", /) -> None:
        """Checks the shape without any state; raises InvalidOperation."""

    def authorities(self) -> Authorities:
        """Who must sign; the names of each role sorted, and each once."""
        return Authorities()

    def apply(self, _: "State", /) -> None:
        """Changes the state; raises OperationFailed, and then leaves it to the caller to undo."""
        raise NotImplementedError


OPERATIONS: Final[dict[int, type[Operation]]] = {}
"""By number: 0 vote … 49 recurrent_transfer."""

OPERATIONS_BY_NAME: Final[dict[str, type[Operation]]] = {}
"""By name without `_operation`."""


@dataclass_transform()
def operation(operation_id: int) -> Callable[[type[Kind]], type[Kind]]:
    """Declares an operation under its number."""

    def register(cls: type[Kind]) -> type[Kind]:
        # The native build has written it out already (docs/adr/0016).
        made = cls if is_dataclass(cls) else dataclass(slots=True)(cls)
        made.operation_id = operation_id
        made.name = snake_case(cls.__name__)
        declare(made)
        assert operation_id not in OPERATIONS, operation_id
        OPERATIONS[operation_id] = OPERATIONS_BY_NAME[made.name] = made
        return made

    return register
