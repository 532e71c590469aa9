"""A small chain to try operations on: a state in memory, people with money, and verbs that read as English.

    world = World()
    world.account("alice", hive="10.000 HIVE")
    world.transfer("alice", "bob", "1.000 HIVE")
    world.advance(days=7)

A verb validates and applies one operation as a transaction of its own and returns the events it caused. `advance` ends one block,
however long it took. There are no signatures here and no blocks' bytes.
"""

from collections.abc import Callable
from typing import Any

from chain.asset import Asset, parse_asset_text
from chain.authority import Authority
from chain.earnings import edit_earnings
from chain.events import VirtualOperation
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME, Operation
from chain.operations import OPERATION  # noqa: F401  # fills the register
from chain.operations.comment_options import Beneficiary, CommentPayoutBeneficiaries
from chain.params import HARDFORKS_COUNT, MAINNET, NULL_ACCOUNT, TREASURY_ACCOUNT, Params
from chain.processes.decline_requests import process_decline_requests
from chain.processes.delayed_votes import process_delayed_votes
from chain.processes.delegation_returns import process_delegation_returns
from chain.processes.governance_expiry import process_governance_expiry
from chain.processes.null_clearing import process_null_clearing
from chain.processes.subsidized_accounts import process_subsidized_accounts
from chain.processes.withdrawals import process_vesting_withdrawals
from chain.rows import (
    SCHEDULE_ELECTED,
    Account,
    AccountKeys,
    Bars,
    FeedHistory,
    Globals,
    Hardforks,
    Irreversible,
    RewardFund,
    Schedule,
    Witness,
)
from chain.state import State
from chain.store import Store

START = 1_767_225_600  # 2026-01-01
KEY = bytes.fromhex("02" + "11" * 32)
ANOTHER_KEY = bytes.fromhex("03" + "22" * 32)
SOMEBODY = Authority.of_key(KEY)
WITNESS = "witness"

# Those of chain.transition, in its order, that move stake.
STAKE_PROCESSES: tuple[Callable[[State], None], ...] = (
    process_delegation_returns,
    process_null_clearing,
    process_vesting_withdrawals,
    process_subsidized_accounts,
    process_decline_requests,
    process_delayed_votes,
    process_governance_expiry,
)


class World:
    """One HIVE is worth 1000 VESTS at first, and 0.250 HBD. An account costs 3.000 HIVE. Accounts come with "null", "hive.fund"
    and the elected witness "witness", who makes every block."""

    def __init__(
        self, params: Params = MAINNET, processes: tuple[Callable[[State], None], ...] = STAKE_PROCESSES
    ) -> None:
        self.processes = processes
        self.state = state = State(Store(MemoryBackend()), params)
        self.store = state.store
        self.store.begin()
        state.now = state.block_time = START
        state.globals_.insert(Globals(time=START, head_block_num=5_000_000, current_witness=WITNESS))
        state.feed_histories.insert(FeedHistory(current_median=(250, 1000), market_median=(250, 1000)))
        state.reward_funds.insert(RewardFund("post"))
        state.irreversibles.insert(Irreversible())
        state.hardforks_.insert(Hardforks(last_hardfork=HARDFORKS_COUNT))
        for key in ("current", "future"):
            state.schedules.insert(Schedule(key, median_account_creation_fee=3_000))
        for name in (WITNESS, NULL_ACCOUNT, TREASURY_ACCOUNT):
            self.account(name)
        self.witness(WITNESS, schedule=SCHEDULE_ELECTED)
        self.account("whale", vests="1000000.000000 VESTS")

    # people

    def amount(self, text: str) -> Asset:
        return parse_asset_text(text, self.state.params.dialect)

    def account(
        self, name: str, *, hive: str = "0.000 HIVE", hbd: str = "0.000 HBD", vests: str = "0.000000 VESTS"
    ) -> Account:
        """An account with money from nowhere, as if from genesis; its VESTS vote, and its mana is full."""
        state = self.state
        hive_amount, hbd_amount, vests_amount = (self.amount(text).amount for text in (hive, hbd, vests))
        account = Account(name, state.next_id("account"), state.now, balance=hive_amount, hbd_balance=hbd_amount)
        account.vesting_shares = vests_amount
        state.accounts.insert(account)
        bars = Bars(name, vests_amount, state.now, vests_amount // 4, state.now)
        bars.credits, bars.credits_at, bars.credits_max = vests_amount, state.now, vests_amount
        state.bars.insert(bars)
        state.account_keys.insert(AccountKeys(name, SOMEBODY, SOMEBODY, SOMEBODY, KEY))
        globals_ = state.edit_globals()
        vested_hive = vests_amount // 1_000_000
        globals_.total_vesting_shares += vests_amount
        globals_.total_vesting_fund_hive += vested_hive
        globals_.current_supply += hive_amount + vested_hive
        globals_.current_hbd_supply += hbd_amount
        globals_.virtual_supply += hive_amount + vested_hive + hbd_amount * 4
        return account

    def accounts(self, *names: str, **money: str) -> None:
        for name in names:
            self.account(name, **money)

    def witness(self, name: str, **fields: Any) -> Witness:
        if name not in self.state.accounts:
            self.account(name)
        return self.state.witnesses.insert(Witness(name, self.state.next_id("witness"), signing_key=KEY, **fields))

    def __getitem__(self, name: str) -> Account:
        return self.state.accounts.get(name)

    def bars(self, name: str) -> Bars:
        return self.state.bars.get(name)

    # time

    def advance(self, *, seconds: int = 0, hours: int = 0, days: int = 0) -> list[VirtualOperation]:
        """End a block that comes so much later than the last (at least 3 s). Returns the events of its processes."""
        state = self.state
        state.now += max(seconds + hours * 3_600 + days * 86_400, 3)
        state.block_time = state.now
        globals_ = state.edit_globals()
        globals_.time = state.now
        globals_.head_block_num += 1
        state.applied = []
        state.begin_processes()
        for process in self.processes:
            process(state)
        return self.events()

    def events(self) -> list[VirtualOperation]:
        return [entry.operation for entry in self.state.applied if entry.virtual]  # type: ignore[misc]  # virtual says so

    # verbs

    def apply(self, operation: Operation) -> list[VirtualOperation]:
        """Validate and apply; a refused operation leaves no trace."""
        operation.validate(self.state.params)
        self.state.applied = []
        with self.state.savepoint():
            operation.apply(self.state)
        return self.events()

    def do(self, name: str, /, **fields: Any) -> list[VirtualOperation]:
        """The operation of that name; amounts may be given as text."""
        values = {key: self._value(value) for key, value in fields.items()}
        return self.apply(OPERATIONS_BY_NAME[name](**values))

    def _value(self, value: object) -> object:
        if isinstance(value, str) and value.endswith((" HIVE", " HBD", " VESTS")):
            return self.amount(value)
        return value

    def transfer(self, giver: str, receiver: str, amount: str, memo: str = "") -> list[VirtualOperation]:
        return self.do("transfer", from_=giver, to=receiver, amount=amount, memo=memo)

    def power_up(self, giver: str, amount: str, receiver: str = "") -> list[VirtualOperation]:
        return self.do("transfer_to_vesting", from_=giver, to=receiver, amount=amount)

    def power_down(self, account: str, vests: str) -> list[VirtualOperation]:
        return self.do("withdraw_vesting", account=account, vesting_shares=vests)

    def route(self, giver: str, receiver: str, percent: int, *, auto_vest: bool = False) -> list[VirtualOperation]:
        return self.do(
            "set_withdraw_vesting_route", from_account=giver, to_account=receiver, percent=percent, auto_vest=auto_vest
        )

    def delegate(self, delegator: str, delegatee: str, vests: str) -> list[VirtualOperation]:
        return self.do("delegate_vesting_shares", delegator=delegator, delegatee=delegatee, vesting_shares=vests)

    def claim(
        self, account: str, hive: str = "0.000 HIVE", hbd: str = "0.000 HBD", vests: str = "0.000000 VESTS"
    ) -> list[VirtualOperation]:
        return self.do("claim_reward_balance", account=account, reward_hive=hive, reward_hbd=hbd, reward_vests=vests)

    def approve(self, account: str, witness: str) -> list[VirtualOperation]:
        return self.do("account_witness_vote", account=account, witness=witness, approve=True)

    def disapprove(self, account: str, witness: str) -> list[VirtualOperation]:
        return self.do("account_witness_vote", account=account, witness=witness, approve=False)

    def proxy(self, account: str, proxy: str) -> list[VirtualOperation]:
        return self.do("account_witness_proxy", account=account, proxy=proxy)

    def decline_voting(self, account: str, *, decline: bool = True) -> list[VirtualOperation]:
        return self.do("decline_voting_rights", account=account, decline=decline)

    def create_account(self, creator: str, name: str, fee: str = "3.000 HIVE", **fields: Any) -> list[VirtualOperation]:
        return self.do("account_create", fee=fee, creator=creator, **(_new_account(name) | fields))

    def claim_account(self, creator: str, fee: str = "0.000 HIVE") -> list[VirtualOperation]:
        return self.do("claim_account", creator=creator, fee=fee, extensions=())

    def create_claimed_account(self, creator: str, name: str, **fields: Any) -> list[VirtualOperation]:
        return self.do("create_claimed_account", creator=creator, extensions=(), **(_new_account(name) | fields))

    def post(self, author: str, permlink: str, category: str = "life", **fields: Any) -> list[VirtualOperation]:
        return self._comment("", category, author, permlink, fields)

    def reply(self, author: str, permlink: str, to: tuple[str, str], **fields: Any) -> list[VirtualOperation]:
        return self._comment(*to, author, permlink, fields)

    def _comment(
        self, parent_author: str, parent_permlink: str, author: str, permlink: str, fields: dict[str, Any]
    ) -> list[VirtualOperation]:
        texts = {"title": "", "body": "text", "json_metadata": ""} | fields
        place = {"author": author, "permlink": permlink}
        return self.do("comment", parent_author=parent_author, parent_permlink=parent_permlink, **place, **texts)

    def vote(self, voter: str, author: str, permlink: str, weight: int = 10_000) -> list[VirtualOperation]:
        return self.do("vote", voter=voter, author=author, permlink=permlink, weight=weight)

    def options(
        self, author: str, permlink: str, beneficiaries: dict[str, int] | None = None, **fields: Any
    ) -> list[VirtualOperation]:
        """Comment options that change nothing but what is named; beneficiaries by account in basis points."""
        settings: dict[str, Any] = {
            "max_accepted_payout": "1000000.000 HBD",
            "percent_hbd": 10_000,
            "allow_votes": True,
            "allow_curation_rewards": True,
            "extensions": (),
        }
        if beneficiaries is not None:
            routes = tuple(Beneficiary(account, weight) for account, weight in beneficiaries.items())
            settings["extensions"] = (CommentPayoutBeneficiaries(routes),)
        return self.do("comment_options", author=author, permlink=permlink, **(settings | fields))

    def delete(self, author: str, permlink: str) -> list[VirtualOperation]:
        return self.do("delete_comment", author=author, permlink=permlink)

    def fund(self, hive: int, recent_claims: int = 0) -> None:
        """HIVE in the reward fund, from nowhere, and the claims of former payouts."""
        fund = self.state.edit_reward_fund()
        fund.reward_balance += hive
        fund.recent_claims = recent_claims
        fund.last_update = self.state.now
        globals_ = self.state.edit_globals()
        globals_.current_supply += hive
        globals_.virtual_supply += hive

    def reward(self, name: str, *, hive: int = 0, hbd: int = 0, vests: int = 0, vested_hive: int = 0) -> None:
        """Rewards that wait to be claimed, from nowhere."""
        state = self.state
        earned = edit_earnings(state, name)
        earned.hive += hive
        earned.hbd += hbd
        earned.vests += vests
        earned.vesting_hive += vested_hive
        globals_ = state.edit_globals()
        globals_.current_supply += hive + vested_hive
        globals_.current_hbd_supply += hbd
        globals_.virtual_supply += hive + vested_hive + hbd * 4
        globals_.pending_rewarded_vesting_shares += vests
        globals_.pending_rewarded_vesting_hive += vested_hive


def _new_account(name: str) -> dict[str, Any]:
    return {
        "new_account_name": name,
        "owner": SOMEBODY,
        "active": SOMEBODY,
        "posting": SOMEBODY,
        "memo_key": KEY,
        "json_metadata": "",
    }


def check_stake(world: World) -> None:
    """The laws of protocol.md §1.5 that every operation and process of this world must keep."""
    state = world.state
    globals_ = state.globals
    accounts, earnings = list(state.accounts.scan()), list(state.earnings.scan())
    hive = sum(a.balance + a.savings_balance for a in accounts) + sum(earned.hive for earned in earnings)
    hbd = sum(a.hbd_balance + a.savings_hbd_balance for a in accounts) + sum(earned.hbd for earned in earnings)
    vested = globals_.total_vesting_fund_hive + globals_.pending_rewarded_vesting_hive
    assert hive + vested + state.reward_fund.reward_balance == globals_.current_supply
    assert hbd == globals_.current_hbd_supply
    assert sum(earned.vesting_hive for earned in earnings) == globals_.pending_rewarded_vesting_hive
    assert sum(earned.vests for earned in earnings) == globals_.pending_rewarded_vesting_shares
    assert sum(a.vesting_shares for a in accounts) == globals_.total_vesting_shares
    assert sum(a.received_vesting_shares for a in accounts) + sum(
        row.vesting_shares for row in state.delegation_returns.scan()
    ) == sum(a.delegated_vesting_shares for a in accounts)
    for account in accounts:
        assert account.delayed_votes_sum == sum(vests for _, vests in account.delayed_votes) <= account.vesting_shares
        assert min(account.balance, account.hbd_balance) >= 0
        bars = state.bars.get(account.name)
        assert min(bars.voting_mana, bars.downvote_mana) >= 0
    _check_votes(state, accounts)


def _check_votes(state: State, accounts: list[Account]) -> None:
    """Votes and proxied power, counted anew from who votes for whom."""
    proxied = {a.name: [0, 0, 0, 0] for a in accounts}
    by_name = {a.name: a for a in accounts}
    for account in accounts:
        holder = account
        for distance in range(4):
            if not holder.proxy:
                break
            holder = by_name[holder.proxy]
            proxied[holder.name][distance] += account.vesting_shares - account.delayed_votes_sum
    votes = {row.owner: 0 for row in state.witnesses.scan()}
    for account in accounts:
        assert account.proxied_votes == tuple(proxied[account.name]), account.name
        power = account.vesting_shares - account.delayed_votes_sum + sum(account.proxied_votes)
        approved = [vote.witness for vote in state.witness_votes.scan(account.name)]
        assert len(approved) == account.witnesses_voted_for
        assert not (approved and account.proxy)
        for name in approved:
            votes[name] += power
    for row in state.witnesses.scan():
        assert row.votes == votes[row.owner], row.owner
