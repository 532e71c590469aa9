"""Extensions that both an operation and its events carry."""

from typing import Annotated

from chain.fields import U8, SetOf, Variant, VoidT, struct


@struct
class RecurrentTransferPairId:
    """Tells several recurrent transfers between the same two accounts apart (protocol.md §8.11)."""

    pair_id: U8


RecurrentTransferExtensions = Annotated[
    tuple[VoidT | RecurrentTransferPairId, ...], SetOf(Variant(VoidT, RecurrentTransferPairId))
]
