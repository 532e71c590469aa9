"""All tables, with the prefix and key of each and the orders they can be read in. Described in docs/storage.md."""

from typing import Any

from chain.row import R
from chain.rows import (
    TIME_MAX,
    Account,
    AccountComment,
    AccountKeys,
    AccountPost,
    AccountReply,
    Bars,
    BlockSummary,
    BlockTransactions,
    BlogEntry,
    BlogPlace,
    Cashout,
    CollateralizedConversion,
    Community,
    CommunityPost,
    CommunityRole,
    Content,
    Conversion,
    Counter,
    CreditBucket,
    CreditDelegation,
    CreditOverflow,
    CreditPools,
    CreditReport,
    CreditUse,
    DeclineRequest,
    Delegation,
    DelegationReturn,
    Deletion,
    Earnings,
    Escrow,
    FeedHistory,
    Flag,
    Follower,
    Globals,
    Hardforks,
    Irreversible,
    KeyReference,
    LimitOrder,
    ListReset,
    MarketBucket,
    MarketTotals,
    Metadata,
    Notification,
    OpenRecurrentTransfer,
    OwnerHistory,
    PayoutWindow,
    Persona,
    Pin,
    Post,
    Proposal,
    ProposalVote,
    RankedPost,
    RankPlace,
    Receipt,
    RecoveryAccountChange,
    RecoveryRequest,
    Reply,
    Reputation,
    RewardFund,
    RolePlace,
    SavingsWithdrawal,
    Schedule,
    Subscription,
    SubscriptionBack,
    TagPlace,
    TagPost,
    TagTotals,
    Tie,
    TieBack,
    TouchedPosts,
    Trade,
    Vote,
    VotePlace,
    WithdrawRoute,
    Witness,
    WitnessVote,
    price_key,
)
from chain.store import Store
from chain.table import Table


class Accounts(Table[str, Account]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"aa", Account, ("name",))
        self.by_next_vesting_withdrawal = self.index(
            "withdrawal",
            lambda a: None if a.next_vesting_withdrawal == TIME_MAX else (a.next_vesting_withdrawal, a.name),
        )
        self.by_delayed_votes = self.index(
            "delayed", lambda a: (a.delayed_votes[0][0], a.id) if a.delayed_votes else None
        )
        self.by_governance_expiration = self.index(
            "governance", lambda a: None if a.governance_expiration == TIME_MAX else (a.governance_expiration, a.id)
        )
        self.by_proxy = self.index("proxy", lambda a: (a.proxy, a.name) if a.proxy else None)


class Witnesses(Table[str, Witness]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"wi", Witness, ("owner",))
        self.by_votes = self.index("votes", lambda w: (-w.votes, w.owner))
        self.by_scheduled_time = self.index("time", lambda w: (w.virtual_scheduled_time.to_bytes(16, "big"), w.id))


class Cashouts(Table[tuple[str, str], Cashout]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"pc", Cashout, ("author", "permlink"))
        self.by_cashout_time = self.index("time", lambda c: (c.cashout_time, c.id))


class Conversions(Table[tuple[str, int], Conversion]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"co", Conversion, ("owner", "requestid"))
        self.by_conversion_date = self.index("time", lambda c: (c.conversion_date, c.id))


class CollateralizedConversions(Table[tuple[str, int], CollateralizedConversion]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"cc", CollateralizedConversion, ("owner", "requestid"))
        self.by_conversion_date = self.index("time", lambda c: (c.conversion_date, c.id))


class LimitOrders(Table[tuple[str, int], LimitOrder]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"lo", LimitOrder, ("seller", "orderid"))
        self.by_price = self.index("price", lambda o: (*price_key(o.sell_price), o.id))
        self.by_expiration = self.index("time", lambda o: (o.expiration, o.id))


class DelegationReturns(Table[tuple[str, int], DelegationReturn]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"dr", DelegationReturn, ("delegator", "id"))
        self.by_expiration = self.index("time", lambda d: (d.expiration, d.id))


class OwnerHistories(Table[tuple[str, int], OwnerHistory]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ao", OwnerHistory, ("account", "id"))
        self.by_age = self.index("age", lambda h: (h.last_valid_time, h.id))


class RecoveryRequests(Table[str, RecoveryRequest]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ar", RecoveryRequest, ("account",))
        self.by_expiration = self.index("time", lambda r: (r.expires, r.account))


class RecoveryAccountChanges(Table[str, RecoveryAccountChange]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ac", RecoveryAccountChange, ("account",))
        self.by_effective_date = self.index("time", lambda c: (c.effective_on, c.account))


class DeclineRequests(Table[str, DeclineRequest]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ad", DeclineRequest, ("account",))
        self.by_effective_date = self.index("time", lambda d: (d.effective_date, d.account))


class SavingsWithdrawals(Table[tuple[str, int], SavingsWithdrawal]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ms", SavingsWithdrawal, ("from_", "request_id"))
        self.by_complete = self.index("complete", lambda s: (s.complete, s.from_, s.request_id))
        self.by_to = self.index("to", lambda s: (s.to, s.complete, s.id))


class Escrows(Table[tuple[str, int], Escrow]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"me", Escrow, ("from_", "escrow_id"))
        self.by_ratification = self.index(
            "ratification", lambda e: (e.to_approved and e.agent_approved, e.ratification_deadline, e.id)
        )


class RecurrentTransfers(Table[tuple[str, str, int], OpenRecurrentTransfer]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"mr", OpenRecurrentTransfer, ("from_", "to", "pair_id"))
        self.by_trigger_date = self.index("trigger", lambda r: (r.trigger_date, r.id))


class Proposals(Table[int, Proposal]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"tp", Proposal, ("id",))
        self.by_start_date = self.index("start", lambda p: (p.start_date, p.id))
        self.by_end_date = self.index("end", lambda p: (p.end_date, p.id))
        self.removed = self.index("removed", lambda p: (p.end_date, p.id) if p.is_removed else None)


class ProposalVotes(Table[tuple[int, str], ProposalVote]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"tv", ProposalVote, ("proposal_id", "voter"))
        self.by_voter = self.index("voter", lambda v: (v.voter, v.proposal_id))


class RecentTransactions(Table[int, BlockTransactions]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"rt", BlockTransactions, ("block_num",))
        self.by_expiration = self.index("time", lambda b: (b.expiration, b.block_num))
        self.by_id = self.lookup(lambda b: [b.ids[start : start + 20] for start in range(0, len(b.ids), 20)])


class ListResets(Table[tuple[str, int], ListReset]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"nx", ListReset, ("account", "kind"), consensus=False)
        self.by_time = self.index("time", lambda r: (r.at, r.account, r.kind))


class Communities(Table[str, Community]):
    """There are few: each is an account that somebody has paid for."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, b"nc", Community, ("name",), consensus=False)
        self.by_rank = self.index("rank", lambda c: (-c.subscribers, not c.title, -c.id))
        self.by_subscribers = self.index("subscribers", lambda c: (-c.subscribers, -c.id))
        self.by_newest = self.index("newest", lambda c: (-c.id,))


class CreditOverflows(Table[str, CreditOverflow]):
    def __init__(self, store: Store) -> None:
        super().__init__(store, b"ko", CreditOverflow, ("delegator",))
        self.by_id = self.index("id", lambda o: (o.id,))


class Tables:
    """Every table of the state. A witness that answers no questions runs without those `for_readers`."""

    def __init__(self, store: Store, *, for_readers: bool = True) -> None:
        self.accounts = Accounts(store)
        self.bars = Table[str, Bars](store, b"ab", Bars, ("account",))
        self.earnings = Table[str, Earnings](store, b"ae", Earnings, ("account",))
        self.account_keys = Table[str, AccountKeys](store, b"ak", AccountKeys, ("account",))
        self.owner_history = OwnerHistories(store)
        self.recovery_requests = RecoveryRequests(store)
        self.recovery_account_changes = RecoveryAccountChanges(store)
        self.decline_requests = DeclineRequests(store)

        self.delegations = Table[tuple[str, str], Delegation](store, b"de", Delegation, ("delegator", "delegatee"))
        self.delegation_returns = DelegationReturns(store)
        self.withdraw_routes = Table[tuple[str, str], WithdrawRoute](
            store, b"wr", WithdrawRoute, ("from_account", "to_account")
        )

        self.savings_withdrawals = SavingsWithdrawals(store)
        self.escrows = Escrows(store)
        self.recurrent_transfers = RecurrentTransfers(store)
        self.limit_orders = LimitOrders(store)
        self.conversions = Conversions(store)
        self.collateralized_conversions = CollateralizedConversions(store)

        self.witnesses = Witnesses(store)
        self.witness_votes = Table[tuple[str, str], WitnessVote](store, b"wv", WitnessVote, ("account", "witness"))
        self.schedules = Table[str, Schedule](store, b"ws", Schedule, ("key",))

        self.posts = Table[tuple[str, str], Post](store, b"po", Post, ("author", "permlink"))
        self.cashouts = Cashouts(store)
        self.votes = Table[tuple[int, str], Vote](store, b"pv", Vote, ("post_id", "voter"))

        self.proposals = Proposals(store)
        self.proposal_votes = ProposalVotes(store)

        self._add_credits(store)

        self.globals_ = Table[str, Globals](store, b"gl", Globals, ("key",))
        self.reward_funds = Table[str, RewardFund](store, b"rf", RewardFund, ("name",))
        self.feed_histories = Table[str, FeedHistory](store, b"fh", FeedHistory, ("key",))
        self.hardforks_ = Table[str, Hardforks](store, b"hf", Hardforks, ("key",))
        self.counters = Table[str, Counter](store, b"ct", Counter, ("kind",))
        self.irreversibles = Table[str, Irreversible](store, b"ir", Irreversible, ("key",), consensus=False)

        self.block_summaries = Table[int, BlockSummary](store, b"bs", BlockSummary, ("slot",))
        self.recent_transactions = RecentTransactions(store)

        self.for_readers = for_readers
        self._add_readers(store)

    def _add_readers(self, store: Store) -> None:
        """What accounts and posts say, what was paid, traded and followed."""
        self.metadata = Table[str, Metadata](store, b"ra", Metadata, ("account",), consensus=False)
        self.contents = Table[tuple[str, str], Content](store, b"rc", Content, ("author", "permlink"), consensus=False)
        self.replies = Table[tuple[str, str, int], Reply](
            store, b"rr", Reply, ("parent_author", "parent_permlink", "id"), consensus=False
        )
        self.deletions = Table[tuple[str, str], Deletion](
            store, b"rx", Deletion, ("author", "permlink"), consensus=False
        )
        self.receipts = Table[tuple[str, str], Receipt](store, b"rv", Receipt, ("author", "permlink"), consensus=False)
        self.vote_places = Table[tuple[str, int], VotePlace](
            store, b"rw", VotePlace, ("voter", "post_id"), consensus=False
        )
        self.reputations = Table[str, Reputation](store, b"rn", Reputation, ("account",), consensus=False)
        self.key_references = Table[tuple[bytes, str], KeyReference](
            store, b"rk", KeyReference, ("key", "account"), consensus=False
        )
        self.trades = Table[tuple[int, int], Trade](store, b"rm", Trade, ("time", "id"), consensus=False)
        self.market_buckets = Table[tuple[int, int], MarketBucket](
            store, b"rb", MarketBucket, ("seconds", "opens"), consensus=False
        )
        self.market_totals = Table[str, MarketTotals](store, b"rs", MarketTotals, ("key",), consensus=False)
        self._add_social(store)

    def _add_social(self, store: Store) -> None:
        """Who follows whom, blogs, communities, notifications. For readers, too."""

        def table(prefix: bytes, row_type: type[R], *key: str) -> Table[Any, R]:
            return Table[Any, R](store, prefix, row_type, key, consensus=False)

        self.personas = table(b"np", Persona, "account")
        self.ties = table(b"nt", Tie, "account", "kind", "target")
        self.ties_back = table(b"nu", TieBack, "target", "kind", "account")
        self.followers = table(b"nf", Follower, "account", "id")
        self.list_resets = ListResets(store)

        self.blog_entries = table(b"nb", BlogEntry, "account", "id")
        self.blog_places = table(b"nd", BlogPlace, "author", "permlink", "account")

        self.communities = Communities(store)
        self.community_roles = table(b"nr", CommunityRole, "community", "account")
        self.role_places = table(b"no", RolePlace, "community", "rank", "account")
        self.subscriptions = table(b"ns", Subscription, "community", "account")
        self.subscriptions_back = table(b"nv", SubscriptionBack, "account", "community")
        self.community_posts = table(b"nq", CommunityPost, "community", "id")
        self.pins = table(b"ni", Pin, "community", "id")
        self.flags = table(b"ng", Flag, "author", "permlink", "account")

        self.notifications = table(b"nn", Notification, "account", "id")
        self._add_ranking(store)

    def _add_ranking(self, store: Store) -> None:
        """Posts in the orders that people read them in. For readers, too."""

        def table(prefix: bytes, row_type: type[R], *key: str) -> Table[Any, R]:
            return Table[Any, R](store, prefix, row_type, key, consensus=False)

        self.account_posts = table(b"qa", AccountPost, "account", "id")
        self.account_comments = table(b"qc", AccountComment, "account", "id")
        self.account_replies = table(b"qr", AccountReply, "account", "id")
        self.tag_posts = table(b"qn", TagPost, "tag", "id")
        self.ranked_posts = table(b"ql", RankedPost, "id")
        self.rank_places = table(b"qp", RankPlace, "ranking", "scope", "score", "id")
        self.touched_posts = table(b"qu", TouchedPosts, "block_num")
        self.tag_totals = table(b"qt", TagTotals, "tag")
        self.tag_places = table(b"qo", TagPlace, "behind", "tag")
        self.payout_windows = table(b"qw", PayoutWindow, "key")

    def _add_credits(self, store: Store) -> None:
        """Resource credits: consensus like any rows, but for the report of what they were spent on."""
        self.credit_pools = Table[str, CreditPools](store, b"kp", CreditPools, ("key",))
        self.credit_buckets = Table[int, CreditBucket](store, b"kb", CreditBucket, ("number",))
        self.credit_delegations = Table[tuple[str, int], CreditDelegation](
            store, b"kd", CreditDelegation, ("delegator", "delegatee_id")
        )
        self.credit_overflows = CreditOverflows(store)
        self.credit_reports = Table[int, CreditReport](store, b"kr", CreditReport, ("block_num",), consensus=False)
        self.credit_uses = Table[tuple[int, str], CreditUse](
            store, b"ku", CreditUse, ("report", "kind"), consensus=False
        )
