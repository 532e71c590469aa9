"""Transfers that repeat themselves: set, changed, stopped."""

from chain.asset import Asset
from chain.extensions import RecurrentTransferPairId
from chain.operation import Operation
from chain.operations import RecurrentTransfer
from tests.property.intents import Intents, Wants


def recurrent_transfer(people: Intents) -> Operation:
    rows = list(people.chain.state.recurrent_transfers.scan())
    giver, receiver, pair_id = people.somebody(), people.somebody(), people.mostly(0, 0, 1, bad=(255,))
    if rows and people.often(0.4):  # a change
        row = people.chance.choice(rows)
        giver, receiver, pair_id = row.from_, row.to, row.pair_id
    amount = people.mostly(people.hive, people.hbd, bad=(people.vests,))(giver)
    if people.often(0.15):
        amount = Asset(0, amount.symbol)
    return RecurrentTransfer(
        giver,
        people.mostly(receiver, bad=("null", "hive.fund", giver)),
        amount,
        people.mostly("", "rent", bad=("x" * 2_048, "\udcff")),
        people.mostly(1, 1, 2, 24, bad=(0, 65_535)),
        people.mostly(2, 3, 10, bad=(0, 1, 65_535)),
        (RecurrentTransferPairId(pair_id),) if pair_id else (),
    )


WANTS: Wants = ((recurrent_transfer, 3),)
