"""How a post's reward is paid (protocol.md §5.2)."""

from typing import Annotated, Any, ClassVar

from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.checks import check_not_negative, check_percent, check_symbol
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import U16, AccountName, SetOf, Variant, struct
from chain.operation import Operation, operation
from chain.params import HUNDRED_PERCENT_BP, Params
from chain.posts import get_post
from chain.rows import Cashout
from chain.state import State
from chain.types import check_account_name, check_permlink


class BeneficiaryCount(InvalidOperation):
    code = "beneficiary_count"
    text = "Between 1 and {max} beneficiaries are allowed, not {count}"


class BeneficiariesNotSorted(InvalidOperation):
    code = "beneficiaries_not_sorted"
    text = "Beneficiaries must be sorted by account, each once: {account} stands after {previous}"


class AlreadyPaid(OperationFailed):
    code = "already_paid"
    text = "Updating parameters for comment that is paid out is forbidden: @{author}/{permlink}."


class HasVotes(OperationFailed):
    code = "has_votes"
    text = "One of the included comment options requires the comment to have no rshares allocated to it."


class CurationReenabled(OperationFailed):
    code = "curation_reenabled"
    text = "Curation rewards cannot be re-enabled."


class VotingReenabled(OperationFailed):
    code = "voting_reenabled"
    text = "Voting cannot be re-enabled."


class GreaterPayout(OperationFailed):
    code = "greater_payout"
    text = "A comment cannot accept a greater payout: {wanted} is more than {accepted}."


class GreaterPercentHbd(OperationFailed):
    code = "greater_percent_hbd"
    text = "A comment cannot accept a greater percent HBD: {wanted} is more than {accepted}."


class HasBeneficiaries(OperationFailed):
    code = "has_beneficiaries"
    text = "Comment already has beneficiaries specified."


class VotedBeforeBeneficiaries(OperationFailed):
    code = "voted_before_beneficiaries"
    text = "Comment must not have been voted on before specifying beneficiaries."


class TooManyBeneficiaries(OperationFailed):
    code = "too_many_beneficiaries"
    text = "Cannot specify more than {max} beneficiaries, {count} are given."


class UnknownBeneficiary(OperationFailed):
    code = "unknown_beneficiary"
    text = 'Beneficiary "{account}" must exist.'


@struct
class Beneficiary:
    """`weight` of 10000 parts of the author's reward for `account`."""

    account: AccountName
    weight: U16


@struct
class CommentPayoutBeneficiaries:
    """Who shares the author's reward, sorted by account."""

    beneficiaries: tuple[Beneficiary, ...]

    def check(self, params: Params) -> None:
        """Raises InvalidOperation (§5.2)."""
        count = len(self.beneficiaries)
        if not 1 <= count <= params.beneficiaries_max:
            raise BeneficiaryCount(max=params.beneficiaries_max, count=count)
        total = 0
        previous = ""
        for beneficiary in self.beneficiaries:
            check_account_name(beneficiary.account)
            check_percent(beneficiary.weight, "a beneficiary's weight")
            total += beneficiary.weight
            check_percent(total, "the beneficiaries' weight")
            if beneficiary.account <= previous:
                raise BeneficiariesNotSorted(account=beneficiary.account, previous=previous)
            previous = beneficiary.account


CommentOptionsExtensions = Annotated[tuple[CommentPayoutBeneficiaries, ...], SetOf(Variant(CommentPayoutBeneficiaries))]


@operation(19)
class CommentOptions(Operation):
    """Limits a post's payout, chooses the part paid in HBD, forbids votes or curation rewards, names beneficiaries.

    `percent_hbd` is of 10000. Signed by the author's posting authority (§5.2).
    """

    author: AccountName
    permlink: str
    max_accepted_payout: Asset
    percent_hbd: U16
    allow_votes: bool
    allow_curation_rewards: bool
    extensions: CommentOptionsExtensions

    omitted: ClassVar[dict[str, Any]] = {
        "max_accepted_payout": Asset(1_000_000_000, HBD),
        "percent_hbd": HUNDRED_PERCENT_BP,
        "allow_votes": True,
        "allow_curation_rewards": True,
    }

    @property
    def beneficiaries(self) -> tuple[Beneficiary, ...]:
        return self.extensions[0].beneficiaries if self.extensions else ()

    def validate(self, params: Params, /) -> None:
        check_account_name(self.author)
        check_percent(self.percent_hbd, "percent_hbd")
        check_symbol(self.max_accepted_payout, HBD, "max_accepted_payout")
        check_not_negative(self.max_accepted_payout, "max_accepted_payout")
        check_permlink(self.permlink)
        for extension in self.extensions:
            extension.check(params)

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.author,))

    def apply(self, state: State, /) -> None:
        """Every setting may only be tightened, and all but the HBD percent only before the first vote."""
        place = (self.author, self.permlink)
        cashout = state.cashouts.find(place)
        if cashout is None:
            get_post(state, self.author, self.permlink)
            raise AlreadyPaid(author=self.author, permlink=self.permlink)
        self._check_settings(cashout)
        cashout = state.cashouts.edit(place)
        cashout.percent_hbd = self.percent_hbd
        cashout.max_accepted_payout = self.max_accepted_payout.amount
        cashout.allow_votes = self.allow_votes
        cashout.allow_curation_rewards = self.allow_curation_rewards
        for extension in self.extensions:
            check_beneficiaries(state, cashout, extension)
            cashout.beneficiaries = tuple([(one.account, one.weight) for one in extension.beneficiaries])

    def _check_settings(self, cashout: Cashout) -> None:
        accepted = self.max_accepted_payout.amount
        is_tighter = not self.allow_curation_rewards or not self.allow_votes or accepted < cashout.max_accepted_payout
        if is_tighter and cashout.has_votes:
            raise HasVotes
        if self.allow_curation_rewards and not cashout.allow_curation_rewards:
            raise CurationReenabled
        if self.allow_votes and not cashout.allow_votes:
            raise VotingReenabled
        if accepted > cashout.max_accepted_payout:
            raise GreaterPayout(wanted=accepted, accepted=cashout.max_accepted_payout)
        if self.percent_hbd > cashout.percent_hbd:
            raise GreaterPercentHbd(wanted=self.percent_hbd, accepted=cashout.percent_hbd)


def check_beneficiaries(state: State, cashout: Cashout, wanted: CommentPayoutBeneficiaries) -> None:
    """They can be named once, before the first vote; the node itself accepts fewer than the chain does."""
    if cashout.beneficiaries:
        raise HasBeneficiaries
    if cashout.has_votes:
        raise VotedBeforeBeneficiaries
    count, count_max = len(wanted.beneficiaries), state.params.beneficiaries_soft_max
    if state.is_in_control and count > count_max:
        raise TooManyBeneficiaries(max=count_max, count=count)
    for one in wanted.beneficiaries:
        if one.account not in state.accounts:
            raise UnknownBeneficiary(account=one.account)
