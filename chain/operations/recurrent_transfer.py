"""A transfer that repeats itself (protocol.md §8.11)."""

from chain.accounts import get_account
from chain.asset import Asset
from chain.authority import Authorities
from chain.balances import liquid_balance
from chain.checks import check_not_negative, check_not_vesting, check_size, check_utf8
from chain.errors import InvalidOperation, OperationFailed
from chain.extensions import RecurrentTransferExtensions, RecurrentTransferPairId
from chain.fields import U16, AccountName
from chain.operation import Operation, operation
from chain.params import SECONDS_PER_DAY, SECONDS_PER_HOUR, Params
from chain.recurrent_transfers import remove_recurrent_transfer
from chain.rows import OpenRecurrentTransfer
from chain.rules import EXACT_RECURRENCE, RECURRENT_PAIRS, in_force
from chain.state import State
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


class NotEnoughForFirstTransfer(OperationFailed):
    code = "not_enough_for_first_transfer"
    text = "Account {account} does not have enough tokens for the first transfer, has {available} needs {amount}"


class PairIdNotYet(OperationFailed):
    code = "pair_id_not_yet"
    text = "recurrent_transfer_pair_id extension requires hardfork {hardfork}"


class TooManyRecurrentTransfers(OperationFailed):
    code = "too_many_recurrent_transfers"
    text = "Account {account} can't have more than {max} recurrent transfers"


class NoRecurrentTransfer(OperationFailed):
    code = "no_recurrent_transfer"
    text = (
        "Cannot create a recurrent transfer with 0 amount, and there is none from {from_} to {to} "
        "with pair id {pair_id} to stop"
    )


class RecurrentTransferTooLong(OperationFailed):
    code = "recurrent_transfer_too_long"
    text = "Cannot set a transfer that would last for longer than {days} days"


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

    @property
    def has_pair_id(self) -> bool:
        return any(isinstance(extension, RecurrentTransferPairId) for extension in self.extensions)

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

    def apply(self, state: State, /) -> None:
        """A new one happens for the first time at the end of this block; one that there is changes, or stops."""
        if not in_force(state, EXACT_RECURRENCE):
            self._check_length_by_all(state)
        account = get_account(state, self.from_)
        get_account(state, self.to)
        self._check_first(state)
        if self.has_pair_id and not in_force(state, RECURRENT_PAIRS):
            raise PairIdNotYet(hardfork=RECURRENT_PAIRS.hardfork)
        key = (self.from_, self.to, self.pair_id)
        if key not in state.recurrent_transfers:
            transfers_max = state.params.recurrent_transfers_max
            if account.open_recurrent_transfers >= transfers_max:
                raise TooManyRecurrentTransfers(account=self.from_, max=transfers_max)
            if self.amount.amount == 0:
                raise NoRecurrentTransfer(from_=self.from_, to=self.to, pair_id=self.pair_id)
            row = OpenRecurrentTransfer(*key, state.next_id("recurrent_transfer"), state.now)
            self._set(state, state.recurrent_transfers.insert(row))
            state.accounts.edit(self.from_).open_recurrent_transfers += 1
        elif self.amount.amount == 0:
            remove_recurrent_transfer(state, state.recurrent_transfers.get(key))
        else:
            row = state.recurrent_transfers.edit(key)
            if self.recurrence != row.recurrence:
                row.trigger_date = state.now + self.recurrence * SECONDS_PER_HOUR
            self._set(state, row)

    def _check_first(self, state: State) -> None:
        """There must be enough for one execution, also where it only changes or stops."""
        amount, symbol = self.amount
        available = liquid_balance(state, self.from_, symbol)
        if available < amount:
            dialect = state.params.dialect
            raise NotEnoughForFirstTransfer(
                account=self.from_, available=Asset(available, symbol).text(dialect), amount=self.amount.text(dialect)
            )

    def _set(self, state: State, row: OpenRecurrentTransfer) -> None:
        row.amount = self.amount
        row.memo = self.memo
        row.recurrence = self.recurrence
        row.remaining_executions = self.executions
        last_at = row.trigger_date + (self.executions - 1) * self.recurrence * SECONDS_PER_HOUR
        if last_at > state.now + state.params.recurrent_transfer_days_max * SECONDS_PER_DAY:
            raise self._too_long(state)

    def _check_length_by_all(self, state: State) -> None:
        """As hived counted before hardfork 28: one period too many, and the limit itself is too long."""
        seconds = self.recurrence * self.executions * SECONDS_PER_HOUR
        if seconds >= state.params.recurrent_transfer_days_max * SECONDS_PER_DAY:
            raise self._too_long(state)

    @staticmethod
    def _too_long(state: State) -> RecurrentTransferTooLong:
        return RecurrentTransferTooLong(days=state.params.recurrent_transfer_days_max)
