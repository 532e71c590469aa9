"""The reward fund: recent claims, their decay, and what one comment may take (protocol.md §6.1, §6.3)."""

from dataclasses import dataclass

from rewards.curve import Curve, evaluate
from rewards.price import Price, hbd_to_hive, hive_to_hbd


def decay_claims(recent_claims: int, elapsed_seconds: int, decay_seconds: int) -> int:
    """The claims still remembered after `elapsed_seconds`; after more than `decay_seconds` (15 days) none are."""
    if elapsed_seconds > decay_seconds:
        return 0
    return recent_claims - recent_claims * elapsed_seconds // decay_seconds


@dataclass(frozen=True, slots=True)
class FundSnapshot:
    """The fund and the prices as all payouts of one block see them.

    `recent_claims` are decayed and hold the claims of all those payouts. `curation_bp` is the curators' part, `print_rate_bp` the share
    of HBD that is really printed, `median` the current median price, `dust_hbd` the value below which nothing is paid (0.020 HBD).
    """

    balance_hive: int
    recent_claims: int
    curve: Curve
    content_constant: int
    curation_bp: int
    median: Price
    print_rate_bp: int
    dust_hbd: int

    def reward(self, net_rshares: int, max_accepted_payout_hbd: int) -> int:
        """The HIVE of a comment: its share of the fund by claims, 0 for dust or without a price, cut at its accepted maximum."""
        claim = evaluate(self.curve, net_rshares, self.content_constant) if net_rshares > 0 else 0
        if not claim:
            return 0
        hive = self.balance_hive * claim // self.recent_claims
        if not self.median.quote or hive_to_hbd(hive, self.median) < self.dust_hbd:
            return 0
        return min(hive, hbd_to_hive(max_accepted_payout_hbd, self.median))
