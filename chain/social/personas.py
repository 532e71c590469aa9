"""The counters of the social side of an account."""

from chain.rows import Persona
from chain.state import State

NOBODY = Persona("")


def persona_of(state: State, account: str) -> Persona:
    """To be read only."""
    return state.personas.find(account) or NOBODY


def edit_persona(state: State, account: str) -> Persona:
    if account not in state.personas:
        state.personas.insert(Persona(account))
    return state.personas.edit(account)
