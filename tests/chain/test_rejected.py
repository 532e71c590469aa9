"""What a real hived refused, we refuse for the same reason and with the same numbers (parity chains, dumps/rejected.json.gz).

Each refused operation meets the state that it met in hived: the head at the time, and what was pending then, which the next block
holds in the same order.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chain.blocklog import read_blocks
from chain.chain import Chain
from chain.credit_market import NotEnoughCredits, charge
from chain.errors import ChainError
from chain.jsonform import read_value
from chain.mempool import _custom_signers
from chain.operations import OPERATION
from chain.presets import HIVED_TESTNET
from chain.resource_use import SECONDS_PER_HOUR
from chain.transaction import Transaction
from chain.wire import HF26, LEGACY, Packing
from node.replay import chain_of_scenario
from tests.helpers.shared import shared_path

SCENARIOS = ("content", "debt", "debtlimit", "edge", "genesis", "governance", "hf27", "mixed", "money", "stake")

# A part of hived's message, and the code of our error. Of several parts that fit the first counts.
REASONS = {
    # accounts and their money
    "does not have sufficient funds for balance adjustment": "insufficient_funds",
    "Must pay the exact account creation fee": "wrong_creation_fee",
    "Insufficient balance to create account": "insufficient_funds",
    "has no claimed accounts to create": "no_claimed_accounts",
    "deprecated as of Hardfork 20": "account_creation_with_delegation_ended",
    "owner_update_limit_mgr": "owner_update_too_soon",
    "Must claim something": "nothing_to_claim",
    # operations that no chain takes
    "Reset Account Operation is currently disabled": "not_in_use",
    "custom_binary_operation is deprecated": "custom_binary_not_in_use",
    # content
    "You may only post once every 5 minutes": "post_too_soon",
    "You may only comment once every 3 seconds": "reply_too_soon",
    "Can only perform one comment edit per block": "edit_too_soon",
    "Comment with `id`/`permlink`": "unknown_post",
    "Comment must not have been voted on before specifying beneficiaries": "voted_before_beneficiaries",
    "Comment already has beneficiaries specified": "has_beneficiaries",
    "requires the comment to have no rshares allocated": "has_votes",
    "Curation rewards cannot be re-enabled": "curation_reenabled",
    "Voting cannot be re-enabled": "voting_reenabled",
    "A comment cannot accept a greater payout": "greater_payout",
    "A comment cannot accept a greater percent HBD": "greater_percent_hbd",
    "Cannot delete a comment with net positive votes": "has_positive_votes",
    "JSON is not valid JSON": "not_json",
    "custom json operation(s) this block": "too_many_custom_operations",
    # votes on content
    "Votes are not allowed on the comment": "votes_not_allowed",
    "Your current vote on this comment is identical": "same_vote",
    "Account does not have enough mana to downvote": "not_enough_downvote_mana",
    "Account does not have enough mana to vote": "not_enough_mana",
    "Voter has declined their voting rights": "voting_rights_declined",
    # elections
    "Account has declined its voting rights": "voting_rights_declined",
    "Account has declined the ability to vote and cannot proxy votes": "voting_rights_declined",
    "Proxy must change": "same_proxy",
    "Proxy chain is too long": "proxy_chain_too_long",
    "Vote currently exists": "already_voted_for",
    "Vote doesn't exist": "not_voted_for",
    "please clear the proxy before voting": "votes_by_proxy",
    "'key' does not match witness signing key": "wrong_signing_key",
    # proposals
    "Voting on expired proposals is not allowed": "proposal_expired",
    "Voter declined voting rights": "voting_rights_declined",
    "Proposal permlink must point to the article": "unknown_proposal_post",
    # stake
    "This operation would not change the vesting withdraw rate": "same_withdraw_rate",
    "Account does not have sufficient Hive Power for withdraw": "insufficient_hive_power",
    "Cannot create a 0% destination": "route_without_percent",
    "More than 100% of vesting withdrawals": "routes_exceed_whole",
    "Cannot withdraw vesting to": "treasury_cannot_receive_route",
    "does not have enough downvote mana to delegate": "not_enough_mana_to_delegate",
    "does not have enough mana to delegate": "not_enough_mana_to_delegate",
    "Account must delegate a minimum of": "delegation_too_small",
    "Delegation must be removed or leave minimum": "delegation_too_small",
    # market
    "Cancelling order because it was not filled": "order_not_filled",
    "Limit order with 'name'": "unknown_order",
    # conversions
    "Amount of collateral too low": "collateral_too_low",
    "Creation of new HBD blocked at this time": "hbd_creation_stopped",
    # resource credits
    "payer has not enough RC mana": "not_enough_credits",
    "Cannot delegate 0 if you are creating new rc delegation": "no_credits_to_delegate",
    "Cannot delegate less than": "credit_delegation_too_small",
    "from_delegable_rc >= delta_total": "insufficient_credits",
    "A delegation to that user with the same amount of RC already exists": "same_credit_delegation",
    "has insufficient RC": "insufficient_credits",
    # money
    "Savings withdraw for `owner`": "unknown_savings_withdrawal",
    "ratification deadline must be before escrow expiration": "escrow_deadlines",
    "Escrow balance with 'name'": "unknown_escrow",
    "does not have enough tokens for the first transfer": "not_enough_for_first_transfer",
    "Cannot create a recurrent transfer with 0 amount": "no_recurrent_transfer",
    "recurrent_transfer_pair_id extension requires hardfork": "pair_id_not_yet",
    "Cannot set a transfer to yourself": "recurrent_transfer_to_self",
    "Items should be unique and sorted": "invalid_field",
}

# Of these hived saw without looking at the state.
ABOUT_SHAPE = (
    "Must claim something",
    "Cannot set a transfer to yourself",
    "ratification deadline must be before escrow expiration",
    "JSON is not valid JSON",
    "Items should be unique and sorted",
    "Reset Account Operation is currently disabled",
)
# Signatures and expiration, which the dump does not tell.
ABOUT_TRANSACTIONS = (
    "missing required",
    "irrelevant signature",
    "combined with posting authority",
    "transaction expiration exception",
)


class Refusal(NamedTuple):
    head_num: int
    pending_count: int
    operations: list[Any]
    message: str

    @property
    def is_about_operations(self) -> bool:
        return not any(part in self.message for part in ABOUT_TRANSACTIONS)

    @property
    def code(self) -> str | None:
        """What our error should be; None where hived's reason has no line in the table."""
        return next((code for part, code in REASONS.items() if part in self.message), None)

    @property
    def amounts(self) -> set[str]:
        """Every amount and mana that hived names."""
        found = re.findall(r'"amount":"-?(\d+)"|_mana: (\d+)| ha(?:s|ve) (\d+)|\(have \d+, needs (\d+)', self.message)
        return {next(filter(None, groups)) for groups in found}

    def __str__(self) -> str:
        return f"at {self.head_num}, {self.pending_count} pending: {json.dumps(self.operations)} — {self.message}"


def read_refusals(folder: Path) -> dict[int, list[Refusal]]:
    """By head; those that came first come first."""
    with gzip.open(folder / "dumps" / "rejected.json.gz") as file:
        entries = json.load(file)
    found: dict[int, list[Refusal]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: int(entry["pending_before"])):
        refusal = Refusal(entry["head_block"], entry["pending_before"], entry["operations"], entry["message"])
        found[refusal.head_num].append(refusal)
    return found


def all_refusals(folder: Path) -> list[Refusal]:
    return [refusal for found in read_refusals(folder).values() for refusal in found]


def meet(chain: Chain, folder: Path) -> Iterator[Refusal]:
    """Replay to the end; each refusal comes when the chain is as hived's was, pending transactions included.

    Those that are not about operations are left out: the next block does not always hold what was pending then.
    """
    refusals = read_refusals(folder)
    with (folder / "block_log").open("rb") as file:
        for block in read_blocks(file, chain.params.dialect):
            pending = iter(block.transactions)
            for refusal in refusals.get(chain.head_num, ()):
                if not refusal.is_about_operations:
                    continue
                while len(chain.mempool) < refusal.pending_count:
                    chain.mempool.add(next(pending))
                yield refusal
            chain.push_block(block)


def refuse(chain: Chain, refusal: Refusal) -> ChainError:
    """The error with which the node refuses the operations, as it would if somebody sent them now."""
    state = chain.state
    state.is_in_control = True
    try:
        operations = [read_value(OPERATION, value, HF26, chain.params.dialect) for value in refusal.operations]
        chain.mempool._check_custom_operations(_custom_signers(Transaction(0, 0, 0, operations)))
        with state.savepoint():
            for operation in operations:
                operation.validate(chain.params)
            for operation in operations:
                operation.apply(state)
            raise charged(chain, operations, refusal)
    except ChainError as error:
        return error
    finally:
        state.is_in_control = False


def charged(chain: Chain, operations: list[Any], refusal: Refusal) -> NotEnoughCredits:
    """What the payer cannot pay. Size, expiration and signatures are not in the dump: the cost is hived's but for those."""
    sent = Transaction(0, 0, chain.state.now + SECONDS_PER_HOUR, operations, (), (bytes(65),))
    with pytest.raises(NotEnoughCredits) as caught:
        charge(chain.state, sent.with_packing(Packing(chain.params.dialect, LEGACY)))
    (needed,) = map(int, re.findall(r"needs (\d+) RC", refusal.message))
    assert abs(caught.value.data["cost"] - needed) * 5_000 < needed, f"{caught.value}\n{refusal}"
    return caught.value


@pytest.mark.shared
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_hived_refuses_is_refused_for_the_same_reason(scenario: str) -> None:
    folder = shared_path("parity", scenario)
    chain = chain_of_scenario(folder)
    tried = 0
    for refusal in meet(chain, folder):
        error = refuse(chain, refusal)
        tried += 1
        assert refusal.code == error.code, f"{error.code}: {error}\n{refusal}"
        assert refusal.amounts <= amounts_in(str(error)), f"{error}\n{refusal}"
    assert tried == len([refusal for refusal in all_refusals(folder) if refusal.is_about_operations])


@pytest.mark.shared
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_shape_is_judged_as_hived_did(scenario: str) -> None:
    """Of all that it refused, in whatever state: what it saw without the state, we do; what it saw in the state only, has a shape."""
    for refusal in all_refusals(shared_path("parity", scenario)):
        error = None
        try:
            for value in refusal.operations:
                read_value(OPERATION, value, HF26, HIVED_TESTNET.dialect).validate(HIVED_TESTNET)
        except ChainError as found:
            error = found
        if any(part in refusal.message for part in ABOUT_SHAPE):
            assert error is not None, f"{refusal}"
            assert error.code == refusal.code, f"{error}\n{refusal}"
        else:
            assert error is None, f"{error}\n{refusal}"


def amounts_in(text: str) -> set[str]:
    """As counts of smallest units: 1.000 HIVE is 1000."""
    return {str(int(number.replace(".", ""))) for number in re.findall(r"\d+(?:\.\d+)?", text)}
