"""Escrows: opened, approved, refused, disputed, paid out, expired (protocol.md §8.9)."""

from typing import Any

import pytest

from chain.accounts import UnknownAccount
from chain.asset import HBD, HIVE, Asset
from chain.balances import InsufficientFunds
from chain.escrows import EscrowNotApproved, OtherParty, UnknownEscrow
from chain.events import EscrowApproved, EscrowRejected, VirtualOperation
from chain.invariants import check_invariants
from chain.operations.escrow_approve import AlreadyApproved, RatificationOver
from chain.operations.escrow_dispute import AlreadyDisputed, EscrowExpired
from chain.operations.escrow_release import AgentDecides, NotDisputed, ReleaseTooLarge, ReleaseToSelf
from chain.operations.escrow_transfer import EscrowDeadlinePassed, EscrowExists, TooManyEscrows
from chain.processes.escrow_ratification import process_escrow_ratification
from chain.rows import Escrow
from tests.helpers.world import World

HOUR = 3_600
PARTIES = {"from_": "alice", "to": "bob", "agent": "judge"}


class Court(World):
    """alice has money; she opens escrows for bob, and "judge" watches over them."""

    def __init__(self) -> None:
        super().__init__(processes=(process_escrow_ratification,))
        self.account("alice", hive="100.000 HIVE", hbd="100.000 HBD")
        self.accounts("bob", "judge", "carol")

    def open(self, escrow_id: int = 1, **fields: Any) -> list[VirtualOperation]:
        """4 HIVE and 3 HBD with a fee of 0.100 HBD, to be approved within an hour; it expires after two."""
        amounts = {"hive_amount": "4.000 HIVE", "hbd_amount": "3.000 HBD", "fee": "0.100 HBD"}
        times = {"ratification_deadline": self.state.now + HOUR, "escrow_expiration": self.state.now + 2 * HOUR}
        return self.do(
            "escrow_transfer", **(PARTIES | amounts | times | {"json_meta": ""} | fields), escrow_id=escrow_id
        )

    def say(self, who: str, *, approve: bool = True, escrow_id: int = 1, **fields: Any) -> list[VirtualOperation]:
        return self.do("escrow_approve", **(PARTIES | fields), who=who, escrow_id=escrow_id, approve=approve)

    def open_and_approve(self) -> None:
        self.open()
        self.say("bob")
        self.say("judge")

    def dispute(self, who: str, **fields: Any) -> list[VirtualOperation]:
        return self.do("escrow_dispute", **(PARTIES | {"escrow_id": 1} | fields), who=who)

    def release(
        self, who: str, receiver: str, hive: str = "0.000 HIVE", hbd: str = "0.000 HBD", **fields: Any
    ) -> list[VirtualOperation]:
        amounts = {"hive_amount": hive, "hbd_amount": hbd, "escrow_id": 1}
        return self.do("escrow_release", **(PARTIES | amounts | fields), who=who, receiver=receiver)

    @property
    def escrow(self) -> Escrow:
        return self.state.escrows.get(("alice", 1))

    def money(self, name: str) -> tuple[int, int]:
        return self[name].balance, self[name].hbd_balance


@pytest.fixture
def world() -> Court:
    return Court()


def rejected(escrow_id: int = 1) -> EscrowRejected:
    amounts = Asset(3_000, HBD), Asset(4_000, HIVE), Asset(100, HBD)
    return EscrowRejected("alice", "bob", "judge", escrow_id, *amounts)


def test_an_escrow_locks_money_and_fee(world: Court) -> None:
    assert world.open() == []
    assert world.money("alice") == (96_000, 96_900)
    assert world["alice"].pending_escrows == 1
    assert (world.escrow.hive_balance, world.escrow.hbd_balance, world.escrow.pending_fee) == (
        4_000,
        3_000,
        Asset(100, HBD),
    )
    check_invariants(world.state)
    world.open(2, fee="1.000 HIVE", hbd_amount="0.000 HBD")
    assert world.money("alice") == (91_000, 96_900)
    check_invariants(world.state)


def test_the_agent_is_paid_when_both_have_approved(world: Court) -> None:
    world.open()
    assert world.say("judge") == []
    assert world.money("judge") == (0, 0)
    assert world.say("bob") == [EscrowApproved("alice", "bob", "judge", 1, Asset(100, HBD))]
    assert world.money("judge") == (0, 100)
    assert world.escrow.pending_fee == Asset(0, HBD)
    check_invariants(world.state)
    assert world.advance(hours=5) == [], "approved, it does not end by itself"


@pytest.mark.parametrize("who", ["bob", "judge"])
def test_one_refusal_gives_everything_back(world: Court, who: str) -> None:
    world.open()
    world.say("judge" if who == "bob" else "bob")
    assert world.say(who, approve=False) == [rejected()]
    assert world.money("alice") == (100_000, 100_000)
    assert world["alice"].pending_escrows == 0
    assert world.state.escrows.find(("alice", 1)) is None
    check_invariants(world.state)


def test_what_is_not_approved_in_time_goes_back(world: Court) -> None:
    """By time, then age; at the very second of the deadline."""
    world.open(3)
    world.open(2)
    world.open(1, ratification_deadline=world.state.now + HOUR - 3)
    world.say("bob", escrow_id=2)
    assert world.advance(seconds=HOUR - 4) == []
    assert world.advance(seconds=4) == [rejected(1), rejected(3), rejected(2)]
    assert world.money("alice") == (100_000, 100_000)
    assert world["alice"].pending_escrows == 0
    check_invariants(world.state)


def test_each_gives_to_the_other(world: Court) -> None:
    world.open_and_approve()
    assert world.release("alice", "bob", hive="3.000 HIVE") == []
    assert world.release("bob", "alice", hive="1.000 HIVE", hbd="1.000 HBD") == []
    assert world.money("bob") == (3_000, 0)
    assert world.money("alice") == (97_000, 97_900)
    assert (world.escrow.hive_balance, world.escrow.hbd_balance) == (0, 2_000)
    check_invariants(world.state)
    world.release("alice", "bob", hbd="2.000 HBD")
    assert world["alice"].pending_escrows == 0
    assert world.state.escrows.find(("alice", 1)) is None
    check_invariants(world.state)


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("receiver", ["alice", "bob"])
def test_expired_and_undisputed_either_may_give_to_either(world: Court, who: str, receiver: str) -> None:
    world.open_and_approve()
    world.advance(hours=2)
    before = world.money(receiver)
    world.release(who, receiver, hive="4.000 HIVE")
    assert world.money(receiver) == (before[0] + 4_000, before[1])


@pytest.mark.parametrize("receiver", ["alice", "bob"])
def test_disputed_the_agent_decides_even_after_the_end(world: Court, receiver: str) -> None:
    world.open_and_approve()
    assert world.dispute("bob") == []
    assert world.escrow.disputed
    world.advance(hours=3)
    for party in ("alice", "bob"):
        with pytest.raises(AgentDecides):
            world.release(party, receiver, hive="1.000 HIVE")
    world.release("judge", receiver, hive="4.000 HIVE", hbd="3.000 HBD")
    assert world.state.escrows.find(("alice", 1)) is None
    check_invariants(world.state)


def test_hive_that_an_escrow_pays_to_the_treasury_stays_hive(world: Court) -> None:
    parties = {"to": "hive.fund"}
    world.open(**parties)
    world.say("hive.fund", **parties)
    world.say("judge", **parties)
    world.release("alice", "hive.fund", hive="4.000 HIVE", **parties)
    assert world.money("hive.fund") == (4_000, 0)
    check_invariants(world.state)


# opening


@pytest.mark.parametrize("deadline", ["ratification_deadline", "escrow_expiration"])
def test_invalid_escrow_deadline_passed(world: Court, deadline: str) -> None:
    past = {"ratification_deadline": world.state.now, "escrow_expiration": world.state.now + 1}
    if deadline == "escrow_expiration":
        past = {"ratification_deadline": world.state.now - 1, "escrow_expiration": world.state.now}
    with pytest.raises(EscrowDeadlinePassed) as error:
        world.open(**past)
    assert "must be after head block time" in str(error.value)
    world.open(ratification_deadline=world.state.now + 1, escrow_expiration=world.state.now + 2)


def test_invalid_insufficient_funds_with_the_fee(world: Court) -> None:
    with pytest.raises(InsufficientFunds) as error:
        world.open(hive_amount="99.500 HIVE", fee="0.501 HIVE")
    assert error.value.data["required"] == "100.001 HIVE"
    with pytest.raises(InsufficientFunds):
        world.open(hbd_amount="100.000 HBD", fee="0.001 HBD")
    world.open(hive_amount="99.500 HIVE", fee="0.500 HIVE")


def test_invalid_escrow_exists(world: Court) -> None:
    world.open()
    with pytest.raises(EscrowExists):
        world.open()
    assert world.money("alice") == (96_000, 96_900)


def test_invalid_too_many_escrows(world: Court) -> None:
    small = {"hive_amount": "0.001 HIVE", "hbd_amount": "0.000 HBD", "fee": "0.000 HBD"}
    for escrow_id in range(255):
        world.open(escrow_id, **small)
    with pytest.raises(TooManyEscrows) as error:
        world.open(255, **small)
    assert "already has the maximum number of open escrow transfers" in str(error.value)
    world.say("bob", approve=False, escrow_id=7)
    world.open(255, **small)


@pytest.mark.parametrize("role", ["from_", "to", "agent"])
def test_invalid_unknown_account(world: Court, role: str) -> None:
    with pytest.raises(UnknownAccount):
        world.open(**{role: "nobody"})


# approving


def test_invalid_unknown_escrow(world: Court) -> None:
    world.open()
    for wrong in ({"escrow_id": 2}, {"from_": "carol"}):
        with pytest.raises(UnknownEscrow):
            world.say("bob", **wrong)  # type: ignore[arg-type]  # a number or a name, as the field wants
        with pytest.raises(UnknownEscrow):
            world.dispute("bob", **wrong)
        with pytest.raises(UnknownEscrow):
            world.release("bob", wrong.get("from_", "alice"), hive="1.000 HIVE", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["to", "agent"])
def test_invalid_other_party(world: Court, role: str) -> None:
    world.open_and_approve()
    other = {role: "carol"}
    with pytest.raises(OtherParty) as error:
        world.say("carol", **other)
    assert f"Operation '{role}' (carol) does not match escrow '{role}'" in str(error.value)
    with pytest.raises(OtherParty):
        world.dispute("alice", **other)
    with pytest.raises(OtherParty):
        world.release("alice", "alice", hive="1.000 HIVE", **other)


def test_invalid_ratification_over(world: Court) -> None:
    """The deadline itself is not too late for an operation, but the end of the block before has given the money back."""
    world.processes = ()
    world.open()
    world.advance(hours=1)
    world.say("bob")
    world.advance()
    with pytest.raises(RatificationOver):
        world.say("judge")


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("who", ["bob", "judge"])
def test_invalid_already_approved(world: Court, who: str, approve: bool) -> None:
    world.open()
    world.say(who)
    with pytest.raises(AlreadyApproved):
        world.say(who, approve=approve)


# disputing


def test_invalid_escrow_expired(world: Court) -> None:
    world.open_and_approve()
    world.advance(seconds=2 * HOUR)
    with pytest.raises(EscrowExpired):
        world.dispute("alice")


def test_invalid_escrow_not_approved(world: Court) -> None:
    world.open()
    world.say("bob")
    with pytest.raises(EscrowNotApproved):
        world.dispute("alice")
    with pytest.raises(EscrowNotApproved):
        world.release("alice", "bob", hive="1.000 HIVE")


def test_invalid_already_disputed(world: Court) -> None:
    world.open_and_approve()
    world.dispute("alice")
    with pytest.raises(AlreadyDisputed):
        world.dispute("bob")


# releasing


@pytest.mark.parametrize(
    "amounts", [{"hive": "4.001 HIVE"}, {"hbd": "3.001 HBD"}, {"hive": "1.000 HIVE", "hbd": "3.001 HBD"}]
)
def test_invalid_release_too_large(world: Court, amounts: dict[str, str]) -> None:
    world.open_and_approve()
    with pytest.raises(ReleaseTooLarge):
        world.release("alice", "bob", **amounts)
    assert world.money("bob") == (0, 0)


def test_invalid_not_disputed(world: Court) -> None:
    world.open_and_approve()
    for hours in (0, 3):
        world.advance(hours=hours)
        with pytest.raises(NotDisputed):
            world.release("judge", "bob", hive="1.000 HIVE")


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_invalid_release_to_self(world: Court, who: str) -> None:
    world.open_and_approve()
    world.advance(seconds=2 * HOUR - 1)
    with pytest.raises(ReleaseToSelf):
        world.release(who, who, hive="1.000 HIVE")
