"""HIVE into HBD, against collateral (protocol.md §8.8)."""

from chain.asset import HBD, HIVE, Asset
from chain.authority import Authorities
from chain.balances import adjust_hbd, adjust_hbd_supply, adjust_hive
from chain.checks import check_positive, check_symbol
from chain.conversions import ConversionRequestExists
from chain.errors import OperationFailed
from chain.events import CollateralizedConvertImmediateConversion
from chain.fields import U32, AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.processes.price_feed import debt_bp, known_median
from chain.rows import CollateralizedConversion
from chain.state import State
from chain.types import check_account_name
from rewards.conversion import immediate_hbd
from rewards.price import Price


class HbdCreationStopped(OperationFailed):
    code = "hbd_creation_stopped"
    text = "Creation of new HBD blocked at this time due to global limit. Wait until the debt is a smaller part of the market"


class CollateralTooLow(OperationFailed):
    code = "collateral_too_low"
    text = "Amount of collateral too low - conversion gives no HBD for {collateral}"


class DebtLimitExceeded(OperationFailed):
    code = "debt_limit_exceeded"
    text = "Creation of new {hbd} violates global limit: the debt would be {debt_bp} bp of the market, at most {stop_bp} are allowed"


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

    def apply(self, state: State, /) -> None:
        """Give HBD for half of the collateral at the lowest price of the feed's history, as long as that keeps the debt bounded.

        The lowest price is used so that nobody gains by waiting for a median that is known to rise.
        """
        collateral = self.amount.amount
        adjust_hive(state, self.owner, -collateral)
        known_median(state, "convert HIVE")
        if not state.globals.hbd_print_rate:
            raise HbdCreationStopped
        hbd = self._create_hbd(state, collateral)
        if (self.owner, self.requestid) in state.collateralized_conversions:
            raise ConversionRequestExists(owner=self.owner, requestid=self.requestid)
        at = state.now + state.params.collateralized_conversion_delay_seconds
        id_ = state.next_id("collateralized_conversion")
        state.collateralized_conversions.insert(
            CollateralizedConversion(self.owner, self.requestid, id_, collateral, hbd, at)
        )
        state.emit(CollateralizedConvertImmediateConversion(self.owner, self.requestid, Asset(hbd, HBD)))

    def _create_hbd(self, state: State, collateral: int) -> int:
        params = state.params
        lowest = Price(*state.feed.current_min)
        ratio_bp, fee_bp = params.conversion_collateral_ratio_bp, params.collateralized_conversion_fee_bp
        hbd = immediate_hbd(collateral, lowest, ratio_bp, fee_bp)
        if not hbd:
            raise CollateralTooLow(collateral=self.amount)
        adjust_hbd(state, self.owner, hbd)
        adjust_hbd_supply(state, hbd)
        debt = debt_bp(state)
        if debt > params.hbd_print_stop_bp:
            raise DebtLimitExceeded(hbd=Asset(hbd, HBD), debt_bp=debt, stop_bp=params.hbd_print_stop_bp)
        return hbd
