"""A transfer that repeats itself (protocol.md §8.11)."""

from chain.asset import Asset
from chain.authority import Authorities
from chain.checks import check_not_negative, check_not_vesting, check_size, check_utf8
from chain.errors import InvalidOperation
from chain.extensions import RecurrentTransferExtensions, RecurrentTransferPairId
from chain.fields import U16, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


class RecurrenceTooShort(InvalidOperation):
    code = "recurrence_too_short"
    text = "A transfer cannot recur more often than every {min} hours, not every {recurrence}"


class TooFewExecutions(InvalidOperation):
    code = "too_few_executions"
    text = "A recurrent transfer needs at least {min} executions, not {executions}; use transfer for one"


class RecurrentTransferToSelf(InvalidOperation):
    code = "recurrent_transfer_to_self"
    text = "{account} cannot set a transfer to itself"


@operation(49)
class RecurrentTransfer(Operation):
    """Transfers `amount` every `recurrence` hours, `executions` times; an amount of zero ends it.

    Signed by the sender's active authority (§8.11).
    """

    from_: AccountName
    to: AccountName
    amount: Asset
    memo: str
    recurrence: U16
    executions: U16
    extensions: RecurrentTransferExtensions

    @property
    def pair_id(self) -> int:
        """0 where none is given."""
        for extension in self.extensions:
            if isinstance(extension, RecurrentTransferPairId):
                return extension.pair_id
        return 0

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        check_not_vesting(self.amount, "amount")
        check_not_negative(self.amount, "amount")
        if self.recurrence < params.recurrence_hours_min:
            raise RecurrenceTooShort(min=params.recurrence_hours_min, recurrence=self.recurrence)
        check_size(self.memo, params.memo_bytes_max, "memo")
        check_utf8(self.memo, "memo")
        if self.from_ == self.to:
            raise RecurrentTransferToSelf(account=self.to)
        if self.executions < params.recurrent_executions_min:
            raise TooFewExecutions(min=params.recurrent_executions_min, executions=self.executions)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))
