"""Escrows: opened, answered, disputed, paid out, mostly by those who take part in them."""

from chain.asset import HBD, HIVE, Asset
from chain.operation import Operation
from chain.operations import EscrowApprove, EscrowDispute, EscrowRelease, EscrowTransfer
from chain.rows import Escrow
from tests.property.intents import Intents, Wants


def escrow_transfer(people: Intents) -> Operation:
    giver = people.somebody()
    now = people.chain.state.globals.time
    deadline = now + people.mostly(60, 120, 600, bad=(0, -3, 1))
    fee = people.mostly(Asset(10, HBD), Asset(0, HBD), Asset(5, HIVE), bad=(Asset(-1, HBD), people.vests(giver)))
    return EscrowTransfer(
        giver,
        people.mostly(people.somebody(), giver, bad=("hive.fund",)),
        people.hbd(giver) if people.often(0.7) else Asset(0, HBD),
        people.hive(giver) if people.often(0.7) else Asset(0, HIVE),
        people.chance.randrange(30),
        people.somebody(),
        fee,
        people.json(),
        deadline,
        deadline + people.mostly(60, 300, bad=(0, 3)),
    )


def some_escrow(people: Intents) -> Escrow:
    """One that is open, or one that nobody has opened."""
    rows = list(people.chain.state.escrows.scan())
    approved = [row for row in rows if row.is_approved]
    if approved and people.often(0.4):
        return people.chance.choice(approved)
    if rows and people.often(0.95):
        return people.chance.choice(rows)
    return Escrow(people.somebody(), people.chance.randrange(30), 0, people.somebody(), people.somebody())


def escrow_approve(people: Intents) -> Operation:
    row = some_escrow(people)
    who = people.mostly(row.to, row.agent, bad=(row.from_, people.somebody()))
    return EscrowApprove(row.from_, row.to, row.agent, who, row.escrow_id, approve=people.often(0.85))


def escrow_dispute(people: Intents) -> Operation:
    row = some_escrow(people)
    who = people.mostly(row.from_, row.to, bad=(row.agent,))
    return EscrowDispute(row.from_, row.to, people.mostly(row.agent, bad=(people.somebody(),)), who, row.escrow_id)


def escrow_release(people: Intents) -> Operation:
    row = some_escrow(people)
    giver, receiver = people.chance.sample((row.from_, row.to), 2)
    who = people.mostly(row.agent if row.disputed else giver, bad=(receiver, row.agent, giver))
    hive, hbd = row.hive_balance, row.hbd_balance
    if people.often(0.5):
        hive, hbd = people.part(hive), people.part(hbd)
    return EscrowRelease(
        row.from_,
        row.to,
        row.agent,
        who,
        people.mostly(receiver, bad=(giver, row.agent)),
        row.escrow_id,
        Asset(hbd, HBD),
        Asset(hive, HIVE),
    )


WANTS: Wants = (
    (escrow_transfer, 4),
    (escrow_approve, 6),
    (escrow_dispute, 1),
    (escrow_release, 3),
)
