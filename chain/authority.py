"""Who must have signed, and whether they have (protocol.md §2.3, §2.4).

An `Authority` is a threshold over weighted keys and weighted accounts; an account counts when its own authority is satisfied
by the same keys, at most two levels down. Operations name what they need as `Authorities`; `verify` compares that with the keys
that signed. Everything here is a pure function of its arguments: the state enters as a lookup.

Since hardfork 28 each role is satisfied by that role alone and unused signatures are harmless; `HF27` holds the older rules, in
which a higher authority stands in for a lower one.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, TypeVar

from chain.errors import InvalidOperation, InvalidTransaction, MissingAuthority
from chain.types import check_account_name

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

    def suffices(self, key: bytes) -> bool:
        """Whether this key is the first and enough, as nearly always. Otherwise a walk must tell (`verify`)."""
        return self.weight_threshold == 1 and self.key_auths[:1] == ((key, 1),)

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

    def check_names(self) -> None:
        """Every account is at least a possible name; raises InvalidAccountName (§2.3)."""
        for name, _ in self.account_auths:
            check_account_name(name)

    def validate(self) -> None:
        """The shape that operations demand of a new authority: possible names, at most 40 members (§2.3)."""
        self.check_names()
        self.check_size()

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

    @classmethod
    def of_transaction(cls, parts: Sequence["Authorities"]) -> "Authorities":
        """What all operations of a transaction need together: names sorted and once, `other` in the order of operations."""
        return cls(
            tuple(sorted({name for part in parts for name in part.posting})),
            tuple(sorted({name for part in parts for name in part.active})),
            tuple(sorted({name for part in parts for name in part.owner})),
            tuple(authority for part in parts for authority in part.other),
            tuple(sorted({name for part in parts for name in part.witness})),
        )

    def in_order(self) -> "Authorities":
        """The same with the names of each role in the order in which they are checked."""
        posting, active, owner, other, witness = self
        return Authorities(in_order(posting), in_order(active), in_order(owner), other, in_order(witness))


def in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names as they are checked: sorted, and each once."""
    return names if len(names) < 2 else tuple(sorted(set(names)))


class AuthorityLookup(Protocol):
    """Where `verify` finds the authorities of accounts; None where the account or witness does not exist."""

    def get_posting(self, name: str, /) -> Authority | None: ...

    def get_active(self, name: str, /) -> Authority | None: ...

    def get_owner(self, name: str, /) -> Authority | None: ...

    def get_witness_key(self, name: str, /) -> bytes | None: ...


class AuthorityRules(NamedTuple):
    """Limits of one check, and the switches of hardfork 28. A limit of 0 means none."""

    depth_max: int = 2
    members_max: int = AUTHORITY_MEMBERS_MAX
    accounts_max: int = 125
    is_strict: bool = True
    """Each role by itself, roles mixed freely, accounts counted over the whole transaction."""
    allows_unused_signatures: bool = True


HF28 = AuthorityRules()
HF27 = AuthorityRules(is_strict=False, allows_unused_signatures=False)


# --- errors; `hive_*` are the words with which hived's API reports them (clients.md §2) ---------------------------------


class MissingPostingAuthority(MissingAuthority):
    code = "missing_posting_authority"
    text = "missing required posting authority of {account}"
    hive_code: ClassVar[int] = 3030000
    hive_name: ClassVar[str] = "tx_missing_posting_auth"
    hive_text: ClassVar[str] = "missing required posting authority"
    hive_format: ClassVar[str] = "Missing Posting Authority ${id}"


class MissingActiveAuthority(MissingAuthority):
    code = "missing_active_authority"
    text = "missing required active authority of {account}"
    hive_code: ClassVar[int] = 3010000
    hive_name: ClassVar[str] = "tx_missing_active_auth"
    hive_text: ClassVar[str] = "missing required active authority"
    hive_format: ClassVar[str] = "Missing Active Authority ${id}"


class MissingOwnerAuthority(MissingAuthority):
    code = "missing_owner_authority"
    text = "missing required owner authority of {account}"
    hive_code: ClassVar[int] = 3020000
    hive_name: ClassVar[str] = "tx_missing_owner_auth"
    hive_text: ClassVar[str] = "missing required owner authority"
    hive_format: ClassVar[str] = "Missing Owner Authority ${id}"


class MissingOtherAuthority(MissingAuthority):
    code = "missing_other_authority"
    text = "missing required other authority: the operation itself names the keys that must sign"
    hive_code: ClassVar[int] = 3040000
    hive_name: ClassVar[str] = "tx_missing_other_auth"
    hive_text: ClassVar[str] = "missing required other authority"
    hive_format: ClassVar[str] = "Missing Authority"


class MissingWitnessAuthority(MissingAuthority):
    code = "missing_witness_authority"
    text = "missing required witness signature of {account}"
    hive_code: ClassVar[int] = 3070000
    hive_name: ClassVar[str] = "tx_missing_witness_auth"
    hive_text: ClassVar[str] = "missing required witness signature"
    hive_format: ClassVar[str] = "Missing Witness Authority ${id}, key ${signing_key}"


class CombinedWithPosting(InvalidTransaction):
    code = "combined_with_posting"
    text = "active/owner authority combined with posting authority, before hardfork 28"
    hive_code: ClassVar[int] = 3080000
    hive_name: ClassVar[str] = "tx_combined_auths_with_posting"
    hive_text: ClassVar[str] = "active/owner authority combined with posting authority"
    hive_format: ClassVar[str] = (
        "Transactions with operations required posting authority cannot be combined "
        "with transactions requiring active or owner authority."
    )


class IrrelevantSignature(InvalidTransaction):
    code = "irrelevant_signature"
    text = "irrelevant signature included, before hardfork 28"
    hive_code: ClassVar[int] = 3050000
    hive_name: ClassVar[str] = "tx_irrelevant_sig"
    hive_text: ClassVar[str] = "irrelevant signature included"
    hive_format: ClassVar[str] = "Unnecessary signature(s) detected"


class DuplicateSignature(InvalidTransaction):
    code = "duplicate_signature"
    text = "duplicate signature included"
    hive_code: ClassVar[int] = 3060000
    hive_name: ClassVar[str] = "tx_duplicate_sig"
    hive_text: ClassVar[str] = "duplicate signature included"
    hive_format: ClassVar[str] = "Duplicate signature detected"


# --- the check ---------------------------------------------------------------------------------------------------------


class AuthorityCheck:
    """One walk through the authorities of one transaction: what counts and is remembered on the way (§2.4)."""

    __slots__ = ("account_count", "approved", "get_authority", "keys", "rules", "used")

    def __init__(
        self, keys: Container[bytes], get_authority: Callable[[str], Authority | None], rules: AuthorityRules
    ) -> None:
        self.keys = keys
        self.get_authority = get_authority
        self.rules = rules
        self.approved: set[str] = set()
        self.used: list[bytes] = []
        self.account_count = 0

    def switch(self, get_authority: Callable[[str], Authority | None]) -> None:
        """Another role from here on; what was approved in the old one says nothing."""
        self.get_authority = get_authority
        self.approved.clear()

    def account(self, name: str) -> bool:
        """Whether the account's own authority of the present role is satisfied."""
        if name in self.approved:
            return True
        self.account_count = self.account_count + 1 if self.rules.is_strict else 1
        authority = self.get_authority(name)
        return authority is not None and self._is_satisfied(authority, 0)

    def given(self, authority: Authority | None) -> bool:
        """Whether an authority that was not found through the present role is satisfied."""
        if not self.rules.is_strict:
            self.account_count = 0
        return authority is not None and self._is_satisfied(authority, 0)

    def key(self, key: bytes | None) -> bool:
        if key is None or key not in self.keys:
            return False
        self.used.append(key)
        return True

    def _is_satisfied(self, authority: Authority, depth: int) -> bool:
        threshold = authority.weight_threshold
        total = 0
        members_left = self.rules.members_max or -1
        for key, weight in authority.key_auths:
            if key in self.keys:
                self.used.append(key)
                total += weight
                if total >= threshold:
                    return True
            members_left -= 1
            if members_left == 0:
                return False
        for name, weight in authority.account_auths:
            if name not in self.approved:
                if depth == self.rules.depth_max:
                    continue  # not even counted as a member
                if self.account_count >= self.rules.accounts_max > 0:
                    return False
                self.account_count += 1
                below = self.get_authority(name)
                if below is not None and self._is_satisfied(below, depth + 1):
                    self.approved.add(name)
            if name in self.approved:
                total += weight
                if total >= threshold:
                    return True
            members_left -= 1
            if members_left == 0:
                return False
        return total >= threshold


def verify(
    required: Authorities,
    keys: frozenset[bytes] | Sequence[bytes],
    lookup: AuthorityLookup,
    rules: AuthorityRules = HF28,
) -> None:
    """Check that the signers' raw `keys` satisfy all that is `required`; its names are in order (`in_order`).

    Raises the Missing…Authority of the first role and account that is not satisfied.
    """
    check = AuthorityCheck(keys, lookup.get_posting, rules)
    _verify_posting(check, required, lookup)
    if required.posting and not rules.is_strict:
        _refuse_unused(check, keys)
        return
    if required.active or required.owner or required.other or required.witness:
        check.switch(lookup.get_active)
        _verify_others(check, required, lookup)
    _refuse_unused(check, keys)


def _verify_posting(check: AuthorityCheck, required: Authorities, lookup: AuthorityLookup) -> None:
    is_strict = check.rules.is_strict
    if required.posting and not is_strict and any(required[1:]):
        raise CombinedWithPosting
    for name in required.posting:
        if check.account(name):
            continue
        if not is_strict and (check.given(lookup.get_active(name)) or check.given(lookup.get_owner(name))):
            continue
        raise MissingPostingAuthority(
            account=name, posting=lookup.get_posting(name), active=lookup.get_active(name), owner=lookup.get_owner(name)
        )


def _verify_others(check: AuthorityCheck, required: Authorities, lookup: AuthorityLookup) -> None:
    for authority in required.other:
        if not check.given(authority):
            raise MissingOtherAuthority(auth=authority)
    for name in required.active:
        if not (check.account(name) or (not check.rules.is_strict and check.given(lookup.get_owner(name)))):
            raise MissingActiveAuthority(account=name, auth=lookup.get_active(name), owner=lookup.get_owner(name))
    for name in required.owner:
        if not check.given(lookup.get_owner(name)):
            raise MissingOwnerAuthority(account=name, auth=lookup.get_owner(name))
    for name in required.witness:
        key = lookup.get_witness_key(name)
        if not check.key(key):
            raise MissingWitnessAuthority(account=name, signing_key=key)


def _refuse_unused(check: AuthorityCheck, keys: Iterable[bytes]) -> None:
    if not check.rules.allows_unused_signatures and any(key not in check.used for key in keys):
        raise IrrelevantSignature


def distinct_keys(keys: Sequence[bytes]) -> frozenset[bytes] | Sequence[bytes]:
    """The signers' keys, as a set if there are several; raises DuplicateSignature where one key signed twice (§2.4)."""
    if len(keys) < 2:
        return keys
    distinct = frozenset(keys)
    if len(distinct) != len(keys):
        raise DuplicateSignature
    return distinct
