"""Where the parts of a power down go (protocol.md §8.4)."""

from chain.accounts import get_account, is_treasury
from chain.authority import Authorities
from chain.checks import check_percent
from chain.errors import OperationFailed
from chain.fields import U16, AccountName
from chain.operation import Operation, operation
from chain.params import HUNDRED_PERCENT_BP, Params
from chain.rows import WithdrawRoute
from chain.state import State
from chain.types import check_account_name


class TreasuryCannotReceiveRoute(OperationFailed):
    code = "treasury_cannot_receive_route"
    text = "Power-downs cannot be routed to {account}"


class RouteWithoutPercent(OperationFailed):
    code = "route_without_percent"
    text = "There is no route from {from_account} to {to_account} that a percent of 0 could remove"


class TooManyRoutes(OperationFailed):
    code = "too_many_routes"
    text = "{account} has {max} routes, the most there can be"


class RoutesExceedWhole(OperationFailed):
    code = "routes_exceed_whole"
    text = "The routes of {account} would take {percent} of 10000 basis points"


@operation(20)
class SetWithdrawVestingRoute(Operation):
    """Sends `percent` (of 10000) of each part to `to_account`, as VESTS with `auto_vest`; zero removes the route.

    Signed by the active authority of `from_account` (§8.4).
    """

    from_account: AccountName
    to_account: AccountName
    percent: U16
    auto_vest: bool

    def validate(self, _: Params, /) -> None:
        check_account_name(self.from_account)
        check_account_name(self.to_account)
        check_percent(self.percent, "percent")

    def authorities(self) -> Authorities:
        return Authorities(active=(self.from_account,))

    def apply(self, state: State, /) -> None:
        """Makes, changes or, with a percent of 0, removes the route between the two accounts."""
        account = get_account(state, self.from_account)
        get_account(state, self.to_account)
        if is_treasury(self.to_account):
            raise TreasuryCannotReceiveRoute(account=self.to_account)
        key = (self.from_account, self.to_account)
        routes = state.withdraw_routes
        if key not in routes:
            if self.percent == 0:
                raise RouteWithoutPercent(from_account=self.from_account, to_account=self.to_account)
            if account.withdraw_routes >= state.params.withdraw_routes_max:
                raise TooManyRoutes(account=self.from_account, max=account.withdraw_routes)
            routes.insert(WithdrawRoute(*key, state.next_id("withdraw_route"), self.percent, self.auto_vest))
            state.accounts.edit(self.from_account).withdraw_routes += 1
        elif self.percent == 0:
            routes.remove(key)
            state.accounts.edit(self.from_account).withdraw_routes -= 1
        else:
            route = routes.edit(key)
            route.percent = self.percent
            route.auto_vest = self.auto_vest
        whole = sum([route.percent for route in routes.scan(self.from_account)])
        if whole > HUNDRED_PERCENT_BP:
            raise RoutesExceedWhole(account=self.from_account, percent=whole)
