"""HBD into HIVE (protocol.md §8.7)."""

from chain.asset import HBD, Asset
from chain.authority import Authorities
from chain.balances import adjust_hbd
from chain.checks import check_positive, check_symbol
from chain.conversions import ConversionRequestExists
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.processes.price_feed import known_median
from chain.rows import Conversion
from chain.state import State
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

    def apply(self, state: State, /) -> None:
        """The HBD is out of reach at once; what it is worth is not known before the day."""
        hbd = self.amount.amount
        adjust_hbd(state, self.owner, -hbd)
        known_median(state, "convert HBD")
        if (self.owner, self.requestid) in state.conversions:
            raise ConversionRequestExists(owner=self.owner, requestid=self.requestid)
        at = state.now + state.params.conversion_delay_seconds
        state.conversions.insert(Conversion(self.owner, self.requestid, state.next_id("conversion"), hbd, at))
