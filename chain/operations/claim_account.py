"""The right to create an account later, for the fee or from the subsidy (protocol.md §2.5)."""

from chain.accounts import check_creation_fee
from chain.asset import Asset
from chain.authority import Authorities
from chain.balances import adjust_hive
from chain.checks import check_account_fee, check_no_extensions
from chain.errors import OperationFailed
from chain.fields import AccountName, Extensions
from chain.operation import Operation, operation
from chain.params import NULL_ACCOUNT, Params
from chain.rows import SCHEDULE_ELECTED
from chain.state import State
from chain.types import check_account_name


class NotByElectedWitness(OperationFailed):
    code = "not_by_elected_witness"
    text = "Free accounts can only be claimed in blocks of elected witnesses, and {witness} was not elected"


class WitnessSubsidyExhausted(OperationFailed):
    code = "witness_subsidy_exhausted"
    text = "Witness {witness} has no free accounts left to give"


class SubsidyExhausted(OperationFailed):
    code = "subsidy_exhausted"
    text = "There are no free accounts left to claim"


@operation(22)
class ClaimAccount(Operation):
    """Adds one to the creator's pending accounts; a fee of zero takes it from the common subsidy.

    Signed by the creator's active authority (§2.5).
    """

    creator: AccountName
    fee: Asset
    extensions: Extensions

    def validate(self, params: Params, /) -> None:
        check_account_name(self.creator)
        check_account_fee(self.fee, params)
        check_no_extensions(self.extensions, self.name)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.creator,))

    def apply(self, state: State, /) -> None:
        """Without a fee an account is taken from the pool of all and from that of the witness who makes the block."""
        fee = self.fee.amount
        adjust_hive(state, self.creator, -fee)
        if fee == 0:
            _take_free_account(state)
        else:
            check_creation_fee(state, fee)
        adjust_hive(state, NULL_ACCOUNT, fee)
        state.accounts.edit(self.creator).pending_claimed_accounts += 1


def _take_free_account(state: State) -> None:
    """Outside a block nobody knows yet whose witness's pool it will be."""
    one_account = state.params.account_subsidy_precision
    if state.in_block:
        witness = state.witnesses.get(state.globals.current_witness)
        if witness.schedule != SCHEDULE_ELECTED:
            raise NotByElectedWitness(witness=witness.owner)
        if witness.available_subsidies < one_account:
            raise WitnessSubsidyExhausted(witness=witness.owner)
        state.witnesses.edit(witness.owner).available_subsidies -= one_account
    else:
        state.lacks_block = True
    if state.globals.available_account_subsidies < one_account:
        raise SubsidyExhausted
    state.edit_globals().available_account_subsidies -= one_account
