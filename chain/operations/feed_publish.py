"""A witness's price of HIVE in HBD (protocol.md §1.6)."""

from chain.asset import HBD, HIVE, Price
from chain.authority import Authorities
from chain.errors import InvalidOperation, OperationFailed
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.state import State
from chain.types import check_account_name
from chain.witnesses import get_witness


class WrongFeedSymbols(InvalidOperation):
    code = "wrong_feed_symbols"
    text = "A price feed must be between HIVE and HBD, not {base} / {quote}"


class ReversedFeed(OperationFailed):
    code = "reversed_feed"
    text = "Price feed must be a HBD/HIVE price"


@operation(7)
class FeedPublish(Operation):
    """Publishes the price that the witness sees; the median of all becomes the chain's.

    Signed by the publisher's active authority (§1.6).
    """

    publisher: AccountName
    exchange_rate: Price

    def validate(self, _: Params, /) -> None:
        check_account_name(self.publisher)
        base, quote = self.exchange_rate
        if (base.symbol, quote.symbol) not in {(HBD, HIVE), (HIVE, HBD)}:
            raise WrongFeedSymbols(base=base, quote=quote)
        self.exchange_rate.check()

    def authorities(self) -> Authorities:
        return Authorities(active=(self.publisher,))

    def apply(self, state: State) -> None:
        base, quote = self.exchange_rate
        if base.symbol != HBD:
            raise ReversedFeed
        get_witness(state, self.publisher)
        witness = state.witnesses.edit(self.publisher)
        witness.hbd_exchange_rate = (base.amount, quote.amount)
        witness.last_hbd_exchange_update = state.now
