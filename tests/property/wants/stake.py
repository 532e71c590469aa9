"""Money and stake: sent, powered up and down, routed, lent, claimed."""

from chain.asset import HBD, HIVE, VESTS, Asset
from chain.earnings import earnings_of
from chain.operation import Operation
from chain.operations import (
    ClaimRewardBalance,
    DelegateVestingShares,
    SetWithdrawVestingRoute,
    Transfer,
    TransferToVesting,
    WithdrawVesting,
)
from tests.property.intents import Intents, Wants


def transfer(people: Intents) -> Operation:
    giver = people.somebody()
    receiver = people.chance.choice(("null", "hive.fund", "temp", giver)) if people.often(0.15) else people.somebody()
    amount = people.mostly(people.hive, people.hbd, bad=(people.vests,))(giver)
    return Transfer(giver, receiver, amount, people.mostly("", "thanks", "#secret", bad=("x" * 2_048, "\udcff")))


def transfer_to_vesting(people: Intents) -> Operation:
    giver = people.somebody()
    return TransferToVesting(
        giver, people.mostly("", giver, people.somebody(), bad=("hive.fund", "null")), people.hive(giver)
    )


def withdraw_vesting(people: Intents) -> Operation:
    name = people.somebody()
    return WithdrawVesting(name, Asset(0, VESTS) if people.often(0.1) else people.vests(name))


def set_withdraw_vesting_route(people: Intents) -> Operation:
    percent = people.mostly(0, 1, 1_000, 2_500, 3_333, bad=(5_000, 10_000, 10_001))
    return SetWithdrawVestingRoute(people.somebody(), people.somebody(), percent, auto_vest=people.often(0.5))


def delegate_vesting_shares(people: Intents) -> Operation:
    name = people.somebody()
    return DelegateVestingShares(name, people.somebody(), Asset(0, VESTS) if people.often(0.3) else people.vests(name))


def claim_reward_balance(people: Intents) -> Operation:
    earnings = people.chain.state.earnings
    names = [name for name in people.names if (found := earnings.find(name)) and found.vests]
    name = people.chance.choice(names) if names and people.often(0.9) else people.somebody()
    hive, hbd, vests = 0, 1, 0
    if people.account(name):
        earned = earnings_of(people.chain.state, name)
        hive, hbd, vests = earned.hive, earned.hbd, earned.vests
    if people.often(0.3):
        hive, hbd, vests = people.part(hive), people.part(hbd), people.part(vests)
    return ClaimRewardBalance(name, Asset(hive, HIVE), Asset(hbd, HBD), Asset(vests, VESTS))


WANTS: Wants = (
    (transfer, 12),
    (transfer_to_vesting, 5),
    (withdraw_vesting, 3),
    (set_withdraw_vesting_route, 3),
    (delegate_vesting_shares, 4),
    (claim_reward_balance, 5),
)
"""With how often each is drawn."""
