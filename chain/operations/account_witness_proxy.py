"""An account that votes for another (protocol.md §4.6)."""

from chain import governance
from chain.accounts import get_account
from chain.authority import Authorities
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import MINERS_ACCOUNT, Params
from chain.state import State
from chain.types import check_account_name


class ProxyToSelf(InvalidOperation):
    code = "proxy_to_self"
    text = "{account} cannot be its own proxy"


class SameProxy(OperationFailed):
    code = "same_proxy"
    text = "The proxy of {account} must change"


class ProxyLoop(OperationFailed):
    code = "proxy_loop"
    text = "{account} would in the end be its own proxy"


class ProxyChainTooLong(OperationFailed):
    code = "proxy_chain_too_long"
    text = "The chain of proxies from {account} on is longer than {max}"


@operation(13)
class AccountWitnessProxy(Operation):
    """Lets `proxy` vote with the account's weight; an empty proxy ends it.

    Signed by the account's active authority (§4.6).
    """

    account: AccountName
    proxy: AccountName

    def validate(self, _: Params, /) -> None:
        check_account_name(self.account)
        if self.proxy:
            check_account_name(self.proxy)
        if self.proxy == self.account:
            raise ProxyToSelf(account=self.account)

    def authorities(self) -> Authorities:
        return Authorities(active=(self.account,))

    def apply(self, state: State, /) -> None:
        """Hands all governance power, received power included, to the proxy instead of the account's witnesses."""
        account = get_account(state, self.account)
        if not account.can_vote:
            raise governance.VotingRightsDeclined(account=self.account)
        governance.refresh_expiration(state, self.account)
        governance.nullify_votes(state, self.account)
        if self.proxy:
            get_account(state, self.proxy)
        # hived keeps the number of the proxy, and 0, which is that of "miners", means none
        proxy = "" if self.proxy == MINERS_ACCOUNT else self.proxy
        if proxy == account.proxy:
            raise SameProxy(account=self.account)
        if proxy:
            _check_chain(state, self.account, proxy)
            governance.clear_witness_votes(state, self.account)
        governance.clear_proxy(state, self.account)
        if proxy:
            state.accounts.edit(self.account).proxy = proxy
            governance.adjust_proxied_votes(state, self.account, governance.powers(state.accounts.get(self.account)))


def _check_chain(state: State, account: str, proxy: str) -> None:
    """From an account on at most four accounts may follow each other, without a circle."""
    chain = [account, proxy]
    following = state.accounts.get(proxy).proxy
    while following:
        if following in chain:
            raise ProxyLoop(account=account)
        chain.append(following)
        if len(chain) > state.params.proxy_depth_max:
            raise ProxyChainTooLong(account=account, max=state.params.proxy_depth_max)
        following = state.accounts.get(following).proxy
