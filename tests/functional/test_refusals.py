"""What a real hived refused about content, refused here for the same reason (shared/parity, dump "rejected")."""

import gzip
import json
from typing import Any, Final

import pytest

from chain.chain import Chain
from chain.errors import OperationFailed
from chain.governance import VotingRightsDeclined
from chain.jsonform import from_json
from chain.operations.comment import PostTooSoon
from chain.operations.comment_options import (
    CurationReenabled,
    GreaterPayout,
    GreaterPercentHbd,
    HasBeneficiaries,
    HasVotes,
    VotedBeforeBeneficiaries,
    VotingReenabled,
)
from chain.operations.delete_comment import HasPositiveVotes
from chain.operations.vote import SameVote, VotesNotAllowed
from chain.posts import UnknownPost
from node import replay
from tests.helpers.shared import shared_path

pytestmark = pytest.mark.shared

# Words of hived's messages. Refusals that come from operations still pending there (too soon, no mana) are not repeated.
REASONS: Final[dict[str, type[OperationFailed]]] = {
    "Votes are not allowed on the comment": VotesNotAllowed,
    "identical to this vote": SameVote,
    "comment to have no rshares": HasVotes,
    "once every 5 minutes": PostTooSoon,
    "net positive votes": HasPositiveVotes,
    "greater payout": GreaterPayout,
    "greater percent HBD": GreaterPercentHbd,
    "voted on before specifying": VotedBeforeBeneficiaries,
    "already has beneficiaries": HasBeneficiaries,
    "Voting cannot be re-enabled": VotingReenabled,
    "Curation rewards cannot be re-enabled": CurationReenabled,
    "comment_is_required": UnknownPost,
    "declined their voting rights": VotingRightsDeclined,
}


def reason_for(message: str) -> type[OperationFailed] | None:
    return next((error for words, error in REASONS.items() if words in message), None)


def apply_all(chain: Chain, operations: list[Any]) -> None:
    state = chain.state
    with state.savepoint():
        for value in operations:
            operation = from_json(value, state.params.dialect)
            operation.validate(state.params)
            operation.apply(state)


@pytest.mark.parametrize(("scenario", "least"), [("content", 30), ("stake", 6), ("genesis", 10)])
def test_what_hived_refused_is_refused(scenario: str, least: int) -> None:
    folder = shared_path("parity", scenario)
    chain = replay.chain_of_scenario(folder)
    with gzip.open(folder / "dumps" / "rejected.json.gz") as file:
        rejected = [(case, error) for case in json.load(file) if (error := reason_for(case["message"]))]
    assert len(rejected) >= least
    for _ in replay.replay(chain, folder / "block_log"):
        for case, error in rejected:
            if case["head_block"] == chain.head_num:
                with pytest.raises(error):
                    apply_all(chain, case["operations"])
