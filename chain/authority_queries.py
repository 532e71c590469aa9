"""What wallets ask about authorities: which keys would do, which could, which are needed (database_api of hived).

None of this decides anything: it looks at the same check that blocks use, from the other side.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from chain.authority import (
    HF28,
    Authorities,
    Authority,
    AuthorityCheck,
    AuthorityLookup,
    AuthorityRules,
    CombinedWithPosting,
    IrrelevantSignature,
    verify,
)
from chain.errors import MissingAuthority

Role = Literal["posting", "active", "owner"]


def has_authority(
    required: Authorities,
    keys: frozenset[bytes] | Sequence[bytes],
    lookup: AuthorityLookup,
    rules: AuthorityRules = HF28,
) -> bool:
    """Whether `verify` would pass."""
    try:
        verify(required.in_order(), keys, lookup, rules)
    except (MissingAuthority, CombinedWithPosting, IrrelevantSignature):
        return False
    return True


def verify_account_authority(
    name: str,
    role: str,
    keys: frozenset[bytes] | Sequence[bytes],
    lookup: AuthorityLookup,
    rules: AuthorityRules = HF28,
) -> bool:
    """Whether `keys` could act as the account in `role`: posting, active or owner (database_api of the same name)."""
    names = (name,)
    required = {
        "posting": Authorities(posting=names),
        "active": Authorities(active=names),
        "owner": Authorities(owner=names),
    }
    return has_authority(required[role], keys, lookup, rules)


def required_keys(
    required: Authorities,
    available: Iterable[bytes],
    lookup: AuthorityLookup,
    signed: Iterable[bytes] = (),
    rules: AuthorityRules = HF28,
) -> tuple[bytes, ...]:
    """Those of the `available` keys that a check would look at, sorted, as get_required_signatures answers.

    All of them may still not suffice, and fewer may: see `fewest_keys`. `signed` are keys that have signed already.
    Witness keys are not asked for, as in hived.
    """
    offered = frozenset(available)
    check = AuthorityCheck(offered.union(signed), lookup.get_posting, rules)
    for name in required.posting:
        check.account(name)
    if rules.is_strict or not required.posting:
        check.switch(lookup.get_active)
        for authority in required.other:
            check.given(authority)
        for name in required.owner:
            check.given(lookup.get_owner(name))
        for name in required.active:
            check.account(name)
    return tuple(sorted({key for key in check.used if key in offered}))


def fewest_keys(
    required: Authorities, available: Sequence[bytes], lookup: AuthorityLookup, rules: AuthorityRules = HF28
) -> tuple[bytes, ...]:
    """A set of the `available` keys that satisfies `required` and from which none can be left out, in the order given.

    Raises as `verify` does where all together do not satisfy it. Keys that come last are left out first.
    """
    required = required.in_order()
    chosen = list(dict.fromkeys(available))
    verify(required, frozenset(chosen), lookup, rules._replace(allows_unused_signatures=True))
    for key in reversed(tuple(chosen)):
        fewer = [other for other in chosen if other != key]
        if has_authority(required, frozenset(fewer), lookup, rules._replace(allows_unused_signatures=True)):
            chosen = fewer
    return tuple(chosen)


class _Recorder:
    """A lookup that notes every key it shows."""

    def __init__(self, lookup: AuthorityLookup) -> None:
        self.lookup = lookup
        self.seen: set[bytes] = set()

    def _note(self, authority: Authority | None) -> Authority | None:
        if authority is not None:
            self.seen.update(authority.keys)
        return authority

    def get_posting(self, name: str, /) -> Authority | None:
        return self._note(self.lookup.get_posting(name))

    def get_active(self, name: str, /) -> Authority | None:
        return self._note(self.lookup.get_active(name))

    def get_owner(self, name: str, /) -> Authority | None:
        return self._note(self.lookup.get_owner(name))

    def get_witness_key(self, name: str, /) -> bytes | None:
        return self.lookup.get_witness_key(name)


def potential_keys(required: Authorities, lookup: AuthorityLookup, rules: AuthorityRules = HF28) -> tuple[bytes, ...]:
    """Every key of the accounts that a check with no signature visits, sorted, as get_potential_signatures answers."""
    recorder = _Recorder(lookup)
    required_keys(required, (), recorder, rules=rules)
    return tuple(sorted(recorder.seen))
