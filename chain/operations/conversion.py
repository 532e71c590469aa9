"""HBD into HIVE and HIVE into HBD at the chain's price (protocol.md §8.7, §8.8)."""

from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.checks import check_positive, check_symbol
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name


@operation(8)
class Convert(Operation):
    """Burns HBD for HIVE, credited after three and a half days at the median price.

    Signed by the owner's active authority (§8.7).
    """

    owner: AccountName
    requestid: U32
    amount: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.owner)
        check_symbol(self.amount, HBD, "amount")
        check_positive(self.amount, "amount")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))


@operation(48)
class CollateralizedConvert(Operation):
    """Locks HIVE as collateral for HBD at once; what was not needed comes back after three and a half days.

    Signed by the owner's active authority (§8.8).
    """

    owner: AccountName
    requestid: U32
    amount: Asset

    def validate(self, _: Params, /) -> None:
        check_account_name(self.owner)
        check_symbol(self.amount, HIVE, "amount")
        check_positive(self.amount, "amount")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.owner,))
