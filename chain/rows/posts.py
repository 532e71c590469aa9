"""Posts, what waits to be paid for them, and the votes that decide how much."""

from dataclasses import dataclass

from chain.row import Row


@dataclass(slots=True)
class Post(Row):
    """A post or a reply, for ever. What it says is not the chain's business (see Content)."""

    author: str
    permlink: str
    id: int
    parent_author: str = ""
    parent_permlink: str = ""
    root_author: str = ""
    root_permlink: str = ""
    depth: int = 0
    created: int = 0


@dataclass(slots=True)
class Cashout(Row):
    """What is waiting to be paid for a post; gone after the payout (protocol.md §5.1, §6.3)."""

    author: str
    permlink: str
    id: int  # of the post
    created: int = 0
    cashout_time: int = 0
    net_rshares: int = 0
    vote_rshares: int = 0  # positive ones only
    total_vote_weight: int = 0
    net_votes: int = 0
    replies: int = 0  # direct ones
    has_votes: bool = False
    max_accepted_payout: int = 1_000_000_000  # HBD
    percent_hbd: int = 10_000
    allow_votes: bool = True
    allow_curation_rewards: bool = True
    beneficiaries: tuple[tuple[str, int], ...] = ()  # (account, basis points), ascending by account


@dataclass(slots=True)
class Vote(Row):
    post_id: int
    voter: str
    weight: int = 0  # of the curation reward
    rshares: int = 0
    percent: int = 0
    last_update: int = 0
    num_changes: int = 0
