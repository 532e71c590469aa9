"""Finding a witness."""

from chain.errors import OperationFailed
from chain.rows import Witness
from chain.state import State


class UnknownWitness(OperationFailed):
    code = "unknown_witness"
    text = "Witness {witness} doesn't exist"


def get_witness(state: State, owner: str) -> Witness:
    """The witness, read only. Raises UnknownWitness."""
    witness = state.witnesses.find(owner)
    if witness is None:
        raise UnknownWitness(witness=owner)
    return witness
