"""Savings: put aside, taken out, and kept after all."""

from chain.asset import HBD, HIVE, Asset
from chain.operation import Operation
from chain.operations import CancelTransferFromSavings, TransferFromSavings, TransferToSavings
from tests.property.intents import Intents, Wants


def transfer_to_savings(people: Intents) -> Operation:
    giver = people.somebody()
    receiver = people.mostly(giver, people.somebody(), bad=("hive.fund", "null"))
    amount = people.mostly(people.hive, people.hbd, people.hbd, bad=(people.vests,))(giver)
    return TransferToSavings(giver, receiver, amount, people.mostly("", "for later", bad=("x" * 2_048, "\udcff")))


def transfer_from_savings(people: Intents) -> Operation:
    savers = [name for name in people.core if (found := people.account(name)) and found.savings_balance]
    giver = people.chance.choice(savers) if savers and people.often(0.8) else people.somebody()
    account = people.account(giver)
    hive, hbd = (account.savings_balance, account.savings_hbd_balance) if account else (1_000, 1_000)
    amount = people.mostly(
        Asset(people.part(hive), HIVE), Asset(people.part(hbd), HBD), bad=(Asset(hive + 1, HIVE), people.vests(giver))
    )
    receiver = people.mostly(giver, people.somebody(), bad=("hive.fund", "null"))
    memo = people.mostly("", "#secret", bad=("x" * 2_048,))
    return TransferFromSavings(giver, people.chance.randrange(20), receiver, amount, memo)


def cancel_transfer_from_savings(people: Intents) -> Operation:
    waiting = list(people.chain.state.savings_withdrawals.scan())
    if not waiting or people.often(0.1):
        return CancelTransferFromSavings(people.somebody(), people.chance.randrange(20))
    row = people.chance.choice(waiting)
    return CancelTransferFromSavings(row.from_, row.request_id)


WANTS: Wants = (
    (transfer_to_savings, 4),
    (transfer_from_savings, 4),
    (cancel_transfer_from_savings, 1),
)
