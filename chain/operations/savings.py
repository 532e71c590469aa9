"""Balances that take three days to leave (protocol.md §8.6)."""

from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.checks import check_positive, check_size, check_symbol_among, check_utf8
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


def _check_transfer(amount: Asset, memo: str, params: Params) -> None:
    check_positive(amount, "amount")
    check_symbol_among(amount, (HIVE, HBD), "amount")
    check_size(memo, params.memo_bytes_max, "memo")
    check_utf8(memo, "memo")


@operation(32)
class TransferToSavings(Operation):
    """Moves liquid HIVE or HBD into savings, which earn interest on HBD.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
    to: AccountName
    amount: Asset
    memo: str

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        _check_transfer(self.amount, self.memo, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))


@operation(33)
class TransferFromSavings(Operation):
    """Takes funds out of savings; they arrive at `to` three days later.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
    request_id: U32
    to: AccountName
    amount: Asset
    memo: str

    def validate(self, params: Params, /) -> None:
        check_account_name(self.from_)
        check_account_name(self.to)
        _check_transfer(self.amount, self.memo, params)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))


@operation(34)
class CancelTransferFromSavings(Operation):
    """Puts funds that are on their way back into savings.

    Signed by the sender's active authority (§8.6).
    """

    from_: AccountName
    request_id: U32

    def validate(self, _: Params, /) -> None:
        check_account_name(self.from_)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_,))
