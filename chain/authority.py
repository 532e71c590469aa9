"""Who must have signed, and whether they have (protocol.md §2.3, §2.4).

An `Authority` is a threshold over weighted keys and weighted accounts; an account counts when its own authority is satisfied
by the same keys, at most two levels down. Operations name what they need as `Authorities`; `verify` compares that with the keys
that signed. Everything here is a pure function of its arguments: the state enters as a lookup.

Since hardfork 28 each role is satisfied by that role alone and unused signatures are harmless; `HF27` holds the older rules, in
which a higher authority stands in for a lower one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, TypeVar

from chain.errors import InvalidOperation, InvalidTransaction, MissingAuthority

AUTHORITY_MEMBERS_MAX = 40
"""Accounts and keys of one authority together (§2.3)."""


class TooManyAuthorityMembers(InvalidOperation):
    code = "too_many_authority_members"
    text = "Authority membership exceeded. Max: {max} Current: {count}"


@dataclass(frozen=True, slots=True)
class Authority:
    """A threshold over weighted accounts and keys; both tuples are sorted and free of duplicates, as Hive's maps are.

    `weight_threshold` is a u32, weights are u16, keys are 33 raw bytes. Threshold 0 is open to anybody.
    """

    weight_threshold: int
    account_auths: tuple[tuple[str, int], ...] = ()
    key_auths: tuple[tuple[bytes, int], ...] = ()

    @classmethod
    def of_key(cls, key: bytes) -> "Authority":
        """The usual authority: one key suffices."""
        return cls(1, (), ((key, 1),))

    @classmethod
    def of_account(cls, name: str) -> "Authority":
        """One account, and so whoever controls it, suffices."""
        return cls(1, ((name, 1),), ())

    @classmethod
    def build(
        cls,
        weight_threshold: int,
        accounts: Mapping[str, int] | Iterable[tuple[str, int]] = (),
        keys: Mapping[bytes, int] | Iterable[tuple[bytes, int]] = (),
    ) -> "Authority":
        """From members in any order; of two equal members the first counts, as in Hive's decoder (§3.3)."""
        return cls(weight_threshold, _sorted_once(accounts), _sorted_once(keys))

    @property
    def member_count(self) -> int:
        return len(self.account_auths) + len(self.key_auths)

    @property
    def is_impossible(self) -> bool:
        """All members together do not reach the threshold."""
        total = sum(weight for _, weight in self.account_auths) + sum(weight for _, weight in self.key_auths)
        return total < self.weight_threshold

    @property
    def is_open(self) -> bool:
        """Nobody has to sign."""
        return self.weight_threshold == 0

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(key for key, _ in self.key_auths)

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.account_auths)

    def check_size(self) -> None:
        """At most 40 members; raises TooManyAuthorityMembers (§2.3)."""
        if self.member_count > AUTHORITY_MEMBERS_MAX:
            raise TooManyAuthorityMembers(max=AUTHORITY_MEMBERS_MAX, count=self.member_count)


M = TypeVar("M", str, bytes)


def _sorted_once(
    members: Mapping[M, int] | Iterable[tuple[M, int]],
) -> tuple[tuple[M, int], ...]:
    pairs = members.items() if isinstance(members, Mapping) else members
    first: dict[M, int] = {}
    for member, weight in pairs:
        first.setdefault(member, weight)
    return tuple(sorted(first.items()))


class Authorities(NamedTuple):
    """What an operation or a transaction must be signed with.

    `posting`, `active`, `owner` and `witness` are account names (a witness signs with its block signing key); `other` are
    authorities that stand in the operation itself, as in recover_account and witness_set_properties.
    """

    posting: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    other: tuple[Authority, ...] = ()
    witness: tuple[str, ...] = ()
