"""A voter's weight on a post or comment (protocol.md §5.4)."""

from typing import Final

from chain.accounts import get_account
from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.balances import regenerate_bars
from chain.checks import check_percent
from chain.errors import OperationFailed
from chain.events import EffectiveCommentVote
from chain.fields import I16, AccountName
from chain.governance import VotingRightsDeclined
from chain.operation import Operation, operation
from chain.params import HUNDRED_PERCENT_BP, Params
from chain.posts import get_post
from chain.reputation import note_vote
from chain.reward_fund import CURATION_CURVE, estimated_payout_hbd
from chain.rows import Account, Bars, Cashout
from chain.rows import Vote as VoteRow
from chain.rules import STABLE_VOTES, in_force
from chain.stake import effective_vests
from chain.state import State
from chain.types import check_account_name, check_permlink
from rewards import curation, vote


class VotesNotAllowed(OperationFailed):
    code = "votes_not_allowed"
    text = "Votes are not allowed on the comment @{author}/{permlink}."


class CommentBeingRewarded(OperationFailed):
    code = "comment_being_rewarded"
    text = "Comment @{author}/{permlink} is actively being rewarded. Cannot vote on comment."


class ZeroVoteWeight(OperationFailed):
    code = "zero_vote_weight"
    text = "Vote weight cannot be 0 where there is no vote of {voter} to take back."


class SameVote(OperationFailed):
    code = "same_vote"
    text = "Your current vote on this comment is identical to this vote: {weight}."


class TooManyVoteChanges(OperationFailed):
    code = "too_many_vote_changes"
    text = "Voter has used the maximum number of vote changes on this comment: {max}."


class NotEnoughMana(OperationFailed):
    code = "not_enough_mana"
    text = "Account does not have enough mana to vote. voting_mana: {voting_mana} required_mana: {required}"


class NotEnoughDownvoteMana(OperationFailed):
    code = "not_enough_downvote_mana"
    text = (
        "Account does not have enough mana to downvote. "
        "voting_mana: {voting_mana} downvote_mana: {downvote_mana} required_mana: {required}"
    )


CHANGES_MAX: Final = 5  # of a vote, before votes were stable


@operation(0)
class Vote(Operation):
    """Votes on content with `weight` from −10000 (a full downvote) to 10000; 0 takes the effect of an earlier vote back.

    Signed by the voter's posting authority (§5.4).
    """

    voter: AccountName
    author: AccountName
    permlink: str
    weight: I16

    def validate(self, _: Params, /) -> None:
        check_account_name(self.voter)
        check_account_name(self.author)
        check_percent(abs(self.weight), "weight")
        check_permlink(self.permlink)

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.voter,))

    def apply(self, state: State, /) -> None:
        """A vote on a post that was paid has no effect, and tells nothing."""
        place = (self.author, self.permlink)
        cashout = state.cashouts.find(place)
        if cashout is None:
            get_post(state, self.author, self.permlink)
        account = get_account(state, self.voter)
        if not account.can_vote:
            raise VotingRightsDeclined(account=self.voter)
        if cashout is None:
            return
        key = (cashout.id, self.voter)
        before = state.votes.find(key)
        self._check(state, cashout, before)
        rshares = self._spend_mana(state, account, cashout)
        if state.for_readers:
            note_vote(state, self.voter, self.author, rshares, before.rshares if before else None)
        cashout = state.cashouts.edit(place)
        if before is not None:
            take_vote_out(cashout, before)
        weight = curation_weight(state, cashout, rshares)
        put_vote_in(cashout, rshares, weight, self.weight)
        if before is None:
            state.votes.insert(VoteRow(cashout.id, self.voter, weight, rshares, self.weight, state.now), is_new=True)
        else:
            row = state.votes.edit(key)
            row.weight, row.rshares, row.percent, row.last_update = weight, rshares, self.weight, state.now
            row.num_changes += 1
        if state.tells:
            pending = Asset(estimated_payout_hbd(state, cashout.net_rshares), HBD)
            state.emit(EffectiveCommentVote(self.voter, *place, weight, rshares, cashout.total_vote_weight, pending))
            if before is None:
                state.vote_places.append(self.voter, cashout.id, *place)

    def _check(self, state: State, cashout: Cashout, before: VoteRow | None) -> None:
        if self.weight > 0 and not cashout.allow_votes:
            raise VotesNotAllowed(author=self.author, permlink=self.permlink)
        if state.now >= cashout.cashout_time:
            raise CommentBeingRewarded(author=self.author, permlink=self.permlink)
        if before is None:
            if not self.weight:
                raise ZeroVoteWeight(voter=self.voter)
            return
        if before.num_changes >= CHANGES_MAX and not in_force(state, STABLE_VOTES):
            raise TooManyVoteChanges(max=CHANGES_MAX)
        if before.percent == self.weight:
            raise SameVote(weight=self.weight)

    def _spend_mana(self, state: State, account: Account, cashout: Cashout) -> int:
        """Bring the voter's mana up to now and take the vote's cost out of it. Returns the signed rshares."""
        params = state.params
        vests = effective_vests(account)
        bars = regenerate_bars(state, self.voter, vests)
        stake = vests if in_force(state, STABLE_VOTES) else self._stake_of_old(bars, params)
        used = vote.used_mana(stake, self.weight, params.vote_power_reserve_rate, params.vote_regeneration_seconds)
        left = vote.spend(
            used,
            is_downvote=self.weight < 0,
            voting_mana=bars.voting_mana,
            downvote_mana=bars.downvote_mana,
            downvote_pool_bp=params.downvote_pool_bp,
        )
        if left is None:
            error = NotEnoughDownvoteMana if self.weight < 0 and params.downvote_pool_bp else NotEnoughMana
            raise error(voting_mana=bars.voting_mana, downvote_mana=bars.downvote_mana, required=used)
        bars.voting_mana, bars.downvote_mana = left
        bars.last_vote_time = state.now
        return vote.rshares(
            used, self.weight, params.vote_dust_rshares, cashout.cashout_time - state.now, params.vote_fade_seconds
        )

    def _stake_of_old(self, bars: Bars, params: Params) -> int:
        if self.weight < 0 and params.downvote_pool_bp:
            return max(bars.downvote_mana * HUNDRED_PERCENT_BP // params.downvote_pool_bp, bars.voting_mana)
        return bars.voting_mana


def curation_weight(state: State, cashout: Cashout, rshares: int) -> int:
    """What a vote will count for among the curators, behind all others of its post."""
    params = state.params
    if rshares <= 0 or not cashout.allow_curation_rewards or not params.curation_reward_bp:
        return 0
    return curation.vote_weight(
        rshares,
        cashout.vote_rshares,
        curve=CURATION_CURVE,
        content_constant=params.content_constant,
        age_seconds=state.now - cashout.created,
        early_seconds=params.early_voting_seconds,
        mid_seconds=params.mid_voting_seconds,
    )


def take_vote_out(cashout: Cashout, vote: VoteRow) -> None:
    """A vote counts no longer in the sums of a post under edit."""
    cashout.net_votes -= sign(vote.percent)
    cashout.net_rshares -= vote.rshares
    cashout.vote_rshares -= max(vote.rshares, 0)
    cashout.total_vote_weight -= vote.weight


def put_vote_in(cashout: Cashout, rshares: int, weight: int, percent: int) -> None:
    """A vote counts from now on."""
    cashout.has_votes = True
    cashout.net_votes += sign(percent)
    cashout.net_rshares += rshares
    if rshares > 0:
        cashout.vote_rshares += rshares
    cashout.total_vote_weight += weight


def sign(percent: int) -> int:
    return (percent > 0) - (percent < 0)
