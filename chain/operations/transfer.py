"""Liquid HIVE or HBD from one account to another (protocol.md §8.1)."""

from chain import balances
from chain.accounts import is_treasury
from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.checks import check_not_vesting, check_positive, check_size, check_utf8
from chain.events import DhfConversion
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.processes.price_feed import known_median
from chain.state import State
from chain.types import check_account_name
from rewards.price import hive_to_hbd


@operation(2)
class Transfer(Operation):
    """Sends `amount` with a memo, which is encrypted when it begins with `#`.

    Signed by the sender's active authority (§8.1).
    """

    from_: AccountName
    to: AccountName
    amount: Asset
    memo: str

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        check_not_vesting(self.amount, "amount")
        check_positive(self.amount, "amount")
        check_size(self.memo, params.memo_bytes_max, "memo")
        check_utf8(self.memo, "memo")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))

    def apply(self, state: State, /) -> None:
        """HIVE for the treasury becomes HBD on the way (§2.7); what goes to "null" is burned at the end of the block."""
        amount, symbol = self.amount
        if symbol == HIVE and is_treasury(self.to):
            _convert_for_treasury(state, self.from_, self.to, amount)
            return
        adjust = balances.adjuster(symbol)
        adjust(state, self.from_, -amount)
        adjust(state, self.to, amount)


def _convert_for_treasury(state: State, giver: str, treasury: str, hive: int) -> None:
    hbd = hive_to_hbd(hive, known_median(state, "send HIVE to treasury"))
    balances.adjust_hive(state, giver, -hive)
    balances.adjust_hbd(state, treasury, hbd)
    balances.adjust_hive_supply(state, -hive)
    if hbd > 0:
        balances.adjust_hbd_supply(state, hbd)
    state.emit(DhfConversion(treasury, Asset(hive, HIVE), Asset(hbd, HBD)))
