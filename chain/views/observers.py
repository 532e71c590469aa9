"""Through whose eyes posts are shown: whom somebody mutes and has blacklisted, himself or because he takes over others' lists."""

from functools import cached_property
from typing import Final

from chain.social import ties
from chain.social.personas import persona_of
from chain.state import State

OWN_BLACKLIST: Final = "my blacklist"


class Observer:
    """One reader for one answer. Without a name it is nobody, to whom everything is shown."""

    def __init__(self, state: State, name: str = "") -> None:
        self.state = state
        self.name = name

    @cached_property
    def _mute_lists(self) -> tuple[str, ...]:
        """Whose mutes count: those with anything in them, his own first."""
        return self._lists(ties.MUTED, ties.MUTES_FOLLOWED)

    @cached_property
    def _blacklists(self) -> tuple[str, ...]:
        return self._lists(ties.BLACKLISTED, ties.BLACKLISTS_FOLLOWED)

    def _lists(self, kind: int, followed_kind: int) -> tuple[str, ...]:
        if not self.name:
            return ()
        followed = (tie.target for tie in ties.ties_of(self.state, self.name, followed_kind))
        return tuple(owner for owner in (self.name, *followed) if persona_of(self.state, owner).list_sizes[kind])

    def mutes(self, account: str) -> bool:
        return any(ties.has_tie(self.state, owner, ties.MUTED, account) for owner in self._mute_lists)

    def blacklists(self, account: str) -> list[str]:
        """On whose blacklists an account is, in hivemind's words."""
        found = (owner for owner in self._blacklists if ties.has_tie(self.state, owner, ties.BLACKLISTED, account))
        return [OWN_BLACKLIST if owner == self.name else f"blacklisted by {owner}" for owner in found]
