"""Liquid HIVE or HBD from one account to another (protocol.md §8.1)."""

from chain.asset import Asset
from chain.authority import Authorities
from chain.checks import check_not_vesting, check_positive, check_size, check_utf8
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


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
