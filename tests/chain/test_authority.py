"""Who must have signed (protocol.md §2.3, §2.4)."""

import itertools
import random
from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from chain.authority import (
    HF27,
    HF28,
    Authorities,
    Authority,
    AuthorityRules,
    CombinedWithPosting,
    DuplicateSignature,
    IrrelevantSignature,
    MissingActiveAuthority,
    MissingOtherAuthority,
    MissingOwnerAuthority,
    MissingPostingAuthority,
    MissingWitnessAuthority,
    TooManyAuthorityMembers,
    distinct_keys,
    verify,
)
from chain.authority_queries import fewest_keys, has_authority, potential_keys, required_keys, verify_account_authority
from chain.errors import MissingAuthority
from chain.types import InvalidAccountName


def key(number: int) -> bytes:
    return b"\x02" + number.to_bytes(32, "big")


@dataclass
class Accounts:
    """Accounts by role, and how often they were asked for."""

    posting: dict[str, Authority] = field(default_factory=dict)
    active: dict[str, Authority] = field(default_factory=dict)
    owner: dict[str, Authority] = field(default_factory=dict)
    witness_keys: dict[str, bytes] = field(default_factory=dict)

    def get_posting(self, name: str, /) -> Authority | None:
        return self.posting.get(name)

    def get_active(self, name: str, /) -> Authority | None:
        return self.active.get(name)

    def get_owner(self, name: str, /) -> Authority | None:
        return self.owner.get(name)

    def get_witness_key(self, name: str, /) -> bytes | None:
        return self.witness_keys.get(name)


def alice() -> Accounts:
    """posting key 1, active key 2, owner key 3, witness key 4."""
    accounts = Accounts(witness_keys={"alice": key(4)})
    for number, role in enumerate((accounts.posting, accounts.active, accounts.owner), 1):
        role["alice"] = Authority.of_key(key(number))
    return accounts


POSTING, ACTIVE, OWNER = Authorities(posting=("alice",)), Authorities(active=("alice",)), Authorities(owner=("alice",))


class TestAuthority:
    def test_members_are_sorted_and_the_first_of_equals_counts(self):
        built = Authority.build(2, {"bob": 1, "adam": 2}, [(key(9), 1), (key(3), 2), (key(9), 5)])
        assert built == Authority(2, (("adam", 2), ("bob", 1)), ((key(3), 2), (key(9), 1)))
        assert hash(built) == hash(Authority(2, (("adam", 2), ("bob", 1)), ((key(3), 2), (key(9), 1))))

    def test_it_cannot_be_changed(self):
        with pytest.raises((FrozenInstanceError, AttributeError)):
            Authority.of_key(key(1)).weight_threshold = 0  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("authority", "is_impossible", "is_open"),
        [
            (Authority(0), False, True),
            (Authority(1), True, False),
            (Authority.of_key(key(1)), False, False),
            (Authority.build(3, {"bob": 1}, {key(1): 1}), True, False),
            (Authority.build(2, {"bob": 1}, {key(1): 1}), False, False),
        ],
    )
    def test_what_can_never_or_always_be_satisfied(self, authority, is_impossible, is_open):
        assert authority.is_impossible is is_impossible
        assert authority.is_open is is_open

    def test_forty_members_are_the_most(self):
        Authority.build(1, {}, {key(number): 1 for number in range(40)}).validate()
        with pytest.raises(TooManyAuthorityMembers, match="Max: 40 Current: 41"):
            Authority.build(1, {"bob": 1}, {key(number): 1 for number in range(40)}).validate()

    def test_invalid_member_name(self):
        with pytest.raises(InvalidAccountName):
            Authority.of_account("No").validate()

    def test_a_transaction_needs_what_its_operations_need(self):
        other = Authority.of_key(key(7))
        parts = [
            Authorities(posting=("bob", "bob")),
            Authorities(other=(other,)),
            Authorities(posting=("adam",), active=("eve",)),
        ]
        assert Authorities.of_transaction(parts) == Authorities(("adam", "bob"), ("eve",), (), (other,), ())
        assert Authorities.of_transaction([Authorities(active=("eve", "bob", "eve"))]).active == ("bob", "eve")
        assert Authorities.of_transaction([]) == Authorities()


class TestRoles:
    """Since hardfork 28 every role stands for itself."""

    @pytest.mark.parametrize(
        ("required", "number", "missing"),
        [(POSTING, 1, MissingPostingAuthority), (ACTIVE, 2, MissingActiveAuthority), (OWNER, 3, MissingOwnerAuthority)],
    )
    def test_only_its_own_key_satisfies_a_role(self, required, number, missing):
        verify(required, (key(number),), alice())
        for other in {1, 2, 3, 4} - {number}:
            with pytest.raises(missing, match="alice"):
                verify(required, (key(other),), alice())
        verify(required, tuple(map(key, range(1, 10))), alice())

    def test_roles_mix_in_one_transaction(self):
        everything = Authorities(("alice",), ("alice",), ("alice",), (Authority.of_key(key(5)),), ("alice",))
        keys = frozenset(map(key, range(1, 6)))
        verify(everything, keys, alice())
        for missing, error in zip(
            range(1, 6),
            (
                MissingPostingAuthority,
                MissingActiveAuthority,
                MissingOwnerAuthority,
                MissingWitnessAuthority,
                MissingOtherAuthority,
            ),
            strict=True,
        ):
            with pytest.raises(error):
                verify(everything, keys - {key(missing)}, alice())

    def test_the_errors_say_what_hived_says(self):
        with pytest.raises(MissingPostingAuthority) as missing:
            verify(POSTING, (), alice())
        error = missing.value
        assert (error.hive_code, error.hive_name) == (3030000, "tx_missing_posting_auth")
        assert str(error) == "missing required posting authority of alice"
        assert error.data["owner"] == Authority.of_key(key(3))

    @pytest.mark.parametrize("required", [POSTING, ACTIVE, OWNER, Authorities(witness=("alice",))])
    def test_invalid_account_that_does_not_exist(self, required):
        with pytest.raises(MissingAuthority):
            verify(required, (key(1),), Accounts())

    def test_an_open_authority_needs_nobody(self):
        verify(POSTING, (), Accounts(posting={"alice": Authority(0)}))

    def test_invalid_authority_that_names_null(self):
        """witness_set_properties without a key asks for the account null, which nobody can satisfy."""
        accounts = Accounts(active={"null": Authority(1)})
        with pytest.raises(MissingOtherAuthority):
            verify(Authorities(other=(Authority.of_account("null"),)), (key(1),), accounts)

    def test_invalid_second_signature_of_one_key(self):
        assert distinct_keys((key(1), key(2))) == {key(1), key(2)}
        with pytest.raises(DuplicateSignature):
            distinct_keys((key(1), key(2), key(1)))


class TestBeforeHardfork28:
    def test_higher_roles_stand_in_for_lower_ones(self):
        for number in (1, 2, 3):
            verify(POSTING, (key(number),), alice(), HF27)
        for number in (2, 3):
            verify(ACTIVE, (key(number),), alice(), HF27)
        with pytest.raises(MissingActiveAuthority):
            verify(ACTIVE, (key(1),), alice(), HF27)
        with pytest.raises(MissingOwnerAuthority):
            verify(OWNER, (key(2),), alice(), HF27)

    def test_invalid_unused_signature(self):
        for required, number in ((POSTING, 1), (ACTIVE, 2), (OWNER, 3)):
            with pytest.raises(IrrelevantSignature):
                verify(required, (key(number), key(9)), alice(), HF27)

    def test_invalid_posting_mixed_with_more(self):
        for more in (ACTIVE, OWNER, Authorities(witness=("alice",)), Authorities(other=(Authority(0),))):
            with pytest.raises(CombinedWithPosting):
                verify(Authorities.of_transaction([POSTING, more]), tuple(map(key, range(1, 5))), alice(), HF27)


class TestLimits:
    def chain(self, length: int) -> Accounts:
        """a0 → a1 → …, the last has key 1."""
        accounts = {f"a{number}": Authority.of_account(f"a{number + 1}") for number in range(length)}
        return Accounts(posting={**accounts, f"a{length}": Authority.of_key(key(1))})

    def test_two_levels_and_no_third(self):
        required = Authorities(posting=("a0",))
        verify(required, (key(1),), self.chain(2))
        with pytest.raises(MissingPostingAuthority):
            verify(required, (key(1),), self.chain(3))

    def test_owner_leads_to_active_and_posting_to_posting(self):
        accounts = Accounts(
            owner={"alice": Authority.of_account("bob")},
            posting={"alice": Authority.of_account("bob"), "bob": Authority.of_key(key(1))},
            active={"bob": Authority.of_key(key(2))},
        )
        verify(OWNER, (key(2),), accounts)
        verify(POSTING, (key(1),), accounts)
        for required, wrong in ((OWNER, key(1)), (POSTING, key(2))):
            with pytest.raises(MissingAuthority):
                verify(required, (wrong,), accounts)

    @pytest.mark.parametrize(("position", "is_satisfied"), [(38, True), (39, True), (40, False)])
    def test_the_fortieth_member_is_the_last_that_is_tried(self, position, is_satisfied):
        members = Authority.build(1, {}, {key(number): 1 for number in range(60)})
        assert has_authority(POSTING, (key(position),), Accounts(posting={"alice": members})) is is_satisfied

    def test_forty_members_without_success_fail_even_an_open_authority(self):
        members = Authority.build(0, {}, {key(number): 1 for number in range(40)})
        assert not has_authority(POSTING, (), Accounts(posting={"alice": members}))
        members = Authority.build(0, {}, {key(number): 1 for number in range(39)})
        assert has_authority(POSTING, (), Accounts(posting={"alice": members}))

    def wide(self, first_level: int, second_level: int) -> Accounts:
        """root → b00 … → c00 …; only the very last account asked for has key 1, the others are hopeless."""
        firsts = [f"b{number:02}" for number in range(first_level)]
        seconds = [f"c{number:02}" for number in range(second_level)]
        accounts = {name: Authority.build(1, dict.fromkeys(seconds, 1)) for name in firsts}
        accounts |= dict.fromkeys(seconds, Authority(1))
        accounts["root"] = Authority.build(1, dict.fromkeys([*firsts, "z99"], 1))
        accounts["z99"] = Authority.of_key(key(1))
        return Accounts(posting=accounts)

    def test_125_accounts_are_asked_for_in_one_transaction(self):
        required = Authorities(posting=("root",))
        assert has_authority(required, (key(1),), self.wide(4, 29))  # root + 4 × (1 + 29) + z99 = 122
        assert has_authority(required, (key(1),), self.wide(3, 37))  # 1 + 3 × 38 + 1 = 116
        assert not has_authority(required, (key(1),), self.wide(4, 30))  # z99 would be the 126th

    def test_accounts_add_up_over_the_roles_since_hardfork_28(self):
        wide = self.wide(4, 25)  # 106 each
        wide.active = {**wide.posting, "root": Authority.build(1, {"b00": 1, "z99": 1})}  # 28 more
        required = Authorities(posting=("root",), active=("root",))
        assert not has_authority(required, (key(1),), wide)
        assert has_authority(required, (key(1),), wide, AuthorityRules(accounts_max=134))
        assert not has_authority(required, (key(1),), wide, AuthorityRules(accounts_max=133))
        assert has_authority(Authorities(posting=("root",)), (key(1),), wide)

    def test_what_is_approved_once_counts_again_for_nothing(self):
        accounts = Accounts(
            posting={
                "alice": Authority.build(2, {"bob": 1, "carl": 1}),
                "carl": Authority.of_account("bob"),
                "bob": Authority.of_key(key(1)),
            }
        )
        assert has_authority(POSTING, (key(1),), accounts, AuthorityRules(accounts_max=3))
        assert has_authority(POSTING, (key(1),), accounts, AuthorityRules(accounts_max=0))


# --- against an oracle -------------------------------------------------------------------------------------------------


def oracle(required: Authorities, keys: frozenset[bytes], accounts: Accounts, rules: AuthorityRules) -> bool:
    """The rule of §2.4 read aloud, for hardfork 28: no early exit but those it names, every step a plain statement."""
    count, approved = 0, set()

    def walk(authority: Authority | None, depth: int, table: dict[str, Authority]) -> bool:
        nonlocal count
        if authority is None:
            return False
        total, members = 0, 0
        entries = [("key", *entry) for entry in authority.key_auths] + [
            ("account", *entry) for entry in authority.account_auths
        ]
        for kind, member, weight in entries:
            gained = False
            if kind == "key":
                gained = member in keys
            elif member in approved:
                gained = True
            elif depth == rules.depth_max:
                continue
            elif rules.accounts_max and count >= rules.accounts_max:
                return False
            else:
                count += 1
                if walk(table.get(member), depth + 1, table):
                    approved.add(member)
                    gained = True
            if gained:
                total += weight
                if total >= authority.weight_threshold:
                    return True
            members += 1
            if rules.members_max and members >= rules.members_max:
                return False
        return total >= authority.weight_threshold

    def named(name: str, table: dict[str, Authority]) -> bool:
        nonlocal count
        if name in approved:
            return True
        count += 1
        return walk(table.get(name), 0, table)

    if not all(named(name, accounts.posting) for name in required.posting):
        return False
    approved.clear()
    return (
        all(walk(authority, 0, accounts.active) for authority in required.other)
        and all(named(name, accounts.active) for name in required.active)
        and all(walk(accounts.owner.get(name), 0, accounts.active) for name in required.owner)
        and all(accounts.witness_keys.get(name) in keys for name in required.witness)
    )


def random_accounts(rng: random.Random, names: list[str], key_count: int) -> Accounts:
    def authority() -> Authority:
        members = rng.sample(names, rng.randrange(min(4, len(names)) + 1))
        keys = [key(rng.randrange(key_count)) for _ in range(rng.randrange(4))]
        weights = itertools.repeat(1) if rng.random() < 0.5 else iter(lambda: rng.randrange(4), -1)
        return Authority.build(rng.choice((0, 1, 1, 2, 3, 5)), zip(members, weights), zip(keys, weights))  # noqa: B905  # weights never end

    def table() -> dict[str, Authority]:
        return {name: authority() for name in names if rng.random() < 0.95}

    return Accounts(table(), table(), table(), {name: key(rng.randrange(key_count)) for name in names})


def random_required(rng: random.Random, names: list[str], accounts: Accounts) -> Authorities:
    def some() -> tuple[str, ...]:
        return tuple(rng.choices(names, k=rng.choice((0, 0, 1, 2))))

    other = tuple(rng.choices(list(accounts.owner.values()) or [Authority(0)], k=rng.choice((0, 0, 1))))
    return Authorities(some(), some(), some(), other, some()[:1]).in_order()


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_against_the_oracle(seed):
    rng = random.Random(seed)
    print("seed", seed)
    verdicts = {True: 0, False: 0}
    for _ in range(500):
        names = [f"acc{number}" for number in range(rng.randrange(1, 9))]
        accounts = random_accounts(rng, names, 8)
        required = random_required(rng, names, accounts)
        rules = AuthorityRules(rng.choice((0, 1, 2, 3)), rng.choice((0, 2, 4, 40)), rng.choice((0, 1, 3, 6, 125)))
        for rules_now in (rules, HF28):
            keys = frozenset(key(number) for number in range(8) if rng.random() < 0.6)
            expected = oracle(required, keys, accounts, rules_now)
            assert has_authority(required, keys, accounts, rules_now) is expected
            assert has_authority(required, tuple(keys), accounts, rules_now) is expected
            verdicts[expected] += 1
    assert min(verdicts.values()) > 200


@pytest.mark.parametrize("seed", range(4))
def test_the_keys_that_are_named_suffice_and_none_is_too_much(seed):
    rng = random.Random(seed)
    print("seed", seed)
    found = 0
    for _ in range(300):
        names = [f"acc{number}" for number in range(rng.randrange(1, 7))]
        accounts = random_accounts(rng, names, 6)
        required = random_required(rng, names, accounts)._replace(witness=())
        available = [key(number) for number in rng.sample(range(6), 5)]
        looked_at = required_keys(required, available, accounts)
        assert set(looked_at) <= set(available)
        assert list(looked_at) == sorted(looked_at)
        if not has_authority(required, available, accounts):
            with pytest.raises(MissingAuthority):
                fewest_keys(required, available, accounts)
            continue
        assert has_authority(required, looked_at, accounts)
        chosen = fewest_keys(required, available, accounts)
        assert has_authority(required, chosen, accounts)
        for left_out in chosen:
            assert not has_authority(required, [other for other in chosen if other != left_out], accounts)
        found += 1
    assert found > 50


class TestQuestionsOfWallets:
    def test_get_required_signatures(self):
        available = [key(number) for number in range(9)]
        assert required_keys(POSTING, available, alice()) == (key(1),)
        assert required_keys(Authorities(("alice",), ("alice",), ("alice",)), available, alice()) == (
            key(1),
            key(2),
            key(3),
        )
        assert required_keys(POSTING, [key(2)], alice()) == ()
        assert required_keys(POSTING, available, alice(), signed=[key(1)]) == (key(1),)
        assert required_keys(Authorities(witness=("alice",)), available, alice()) == ()

    def test_get_potential_signatures(self):
        accounts = alice()
        accounts.posting["alice"] = Authority.build(1, {"bob": 1}, {key(1): 1})
        accounts.posting["bob"] = Authority.build(1, {}, {key(5): 1, key(6): 1})
        assert potential_keys(POSTING, accounts) == (key(1), key(5), key(6))
        assert potential_keys(OWNER, accounts) == (key(3),)

    def test_verify_account_authority(self):
        assert verify_account_authority("alice", "posting", [key(1)], alice())
        assert verify_account_authority("alice", "active", [key(2), key(9)], alice())
        assert not verify_account_authority("alice", "owner", [key(2)], alice())
        assert not verify_account_authority("alice", "active", [key(2), key(9)], alice(), HF27)
