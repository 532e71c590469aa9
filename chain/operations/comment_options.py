"""How a post's reward is paid (protocol.md §5.2)."""

from typing import Annotated, Any, ClassVar

from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.checks import check_not_negative, check_percent, check_symbol
from chain.errors import InvalidOperation
from chain.fields import U16, AccountName, SetOf, Variant, struct
from chain.operation import Operation, operation
from chain.params import HUNDRED_PERCENT_BP, Params
from chain.types import check_account_name, check_permlink


class BeneficiaryCount(InvalidOperation):
    code = "beneficiary_count"
    text = "Between 1 and {max} beneficiaries are allowed, not {count}"


class BeneficiariesNotSorted(InvalidOperation):
    code = "beneficiaries_not_sorted"
    text = "Beneficiaries must be sorted by account, each once: {account} stands after {previous}"


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
