"""Rules that change in the middle of a chain: votes, the switch, and what is different on its two sides (protocol.md §4.4, §11)."""

from typing import Any

import pytest

from chain.authority import CombinedWithPosting, IrrelevantSignature, MissingPostingAuthority
from chain.block import Block
from chain.errors import ChainError
from chain.events import Hardfork, SystemWarning
from chain.hardforks import EFFECTS, hardfork_version, precedes, process_hardforks, vote_to_cast
from chain.params import HARDFORKS_COUNT
from chain.presets import DEVNET
from chain.processes.decline_requests import process_decline_requests
from chain.rows import DeclineRequest, ProposalVote
from chain.transition import ExpirationTooFar
from rewards import emission
from tests.helpers.forge import Forge
from tests.helpers.world import World

SWITCH_BLOCK = 66
SWITCH_TIME = DEVNET.genesis_time + 3 * SWITCH_BLOCK
VOTE_28 = (hardfork_version(28), SWITCH_TIME)
VOTERS = ("initminer", "witness-1", "witness-2", "witness-3")


def forge_of_27(switch_time: int = SWITCH_TIME, **params: Any) -> Forge:
    """Seven witnesses under the rules of hardfork 27; four of them can vote in 28 for block 66."""
    times = (*(DEVNET.genesis_time + 3,) * 27, switch_time)
    return Forge(hardfork_times=times, hardfork_witnesses_min=4, **params)


def grow_to(forge: Forge, num: int) -> None:
    forge.grow(num - forge.chain.head_num)


@pytest.fixture
def before() -> Forge:
    """The next block brings the switch."""
    forge = forge_of_27()
    grow_to(forge, SWITCH_BLOCK - 1)
    return forge


@pytest.fixture
def after() -> Forge:
    forge = forge_of_27()
    grow_to(forge, SWITCH_BLOCK)
    return forge


def events_of(forge: Forge, num: int) -> list[Any]:
    entries = forge.chain.history.operations_in(forge.chain.block(num))
    return [entry.operation for entry in entries if entry.virtual]


# versions


@pytest.mark.parametrize(
    ("version", "other", "expected"),
    [
        ((1, 27), (1, 28), True),
        ((1, 28), (1, 28), False),
        ((1, 28), (1, 27), False),
        ((0, 27), (1, 28), True),
        ((0, 28), (1, 28), False),  # majors 0 and 1 are one sequence …
        ((1, 27), (0, 28), False),  # … but hived compares so in one direction only
        ((1, 28), (2, 0), True),
    ],
)
def test_versions_are_compared_as_hived_does(version: tuple[int, int], other: tuple[int, int], expected: bool) -> None:
    packed = [major << 24 | minor << 16 for major, minor in (version, other)]
    assert precedes(*packed) is expected


def test_only_known_hardforks_do_something() -> None:
    assert all(1 <= number <= HARDFORKS_COUNT for number in EFFECTS)


# the switch


def test_the_rules_change_with_the_block_of_their_time(before: Forge) -> None:
    assert before.state.hardforks.last_hardfork == 27
    assert (before.state.hardforks.next_version, before.state.hardforks.next_time) == VOTE_28
    before.grow()
    hardforks = before.state.hardforks
    assert before.state.globals.time == SWITCH_TIME
    assert (hardforks.last_hardfork, hardforks.current_version) == (28, hardfork_version(28))
    assert hardforks.processed[-2:] == (DEVNET.genesis_time + 3, SWITCH_TIME)
    assert len(hardforks.processed) == 29
    assert events_of(before, SWITCH_BLOCK)[-1] == Hardfork(28)
    before.grow(50)
    assert before.state.hardforks.last_hardfork == 28


def test_with_missed_slots_the_first_block_after_the_time_brings_the_switch() -> None:
    forge = forge_of_27()
    grow_to(forge, SWITCH_BLOCK - 2)
    forge.grow(slot=30)
    assert forge.state.globals.time > SWITCH_TIME
    assert events_of(forge, forge.chain.head_num)[-1] == Hardfork(28)
    assert forge.state.hardforks.processed[-1] == SWITCH_TIME


def test_each_witness_votes_once(after: Forge) -> None:
    """With its first block; what a header has said stays so."""
    votes: dict[str, list[Any]] = {}
    for block in after.chain.blocks(1, SWITCH_BLOCK):
        if block.header.hardfork_vote is not None:
            votes.setdefault(block.header.witness, []).append((block.num, block.header.hardfork_vote))
    assert set(votes) == set(after.witness_keys)
    assert votes["initminer"] == [(2, VOTE_28)]  # block 1 brings the rules that are due unasked
    assert all(len(cast) == 1 and cast[0][1] == VOTE_28 for cast in votes.values())


def test_the_switch_is_taken_back_with_its_block(before: Forge) -> None:
    before.grow(3)
    digest = before.chain.digest
    popped: list[Block] = [before.chain.pop_block() for _ in range(3)]
    assert before.state.hardforks.last_hardfork == 27
    for block in reversed(popped):
        before.chain.push_block(block)
    assert before.state.hardforks.last_hardfork == 28
    assert before.chain.digest == digest


# votes


def grow_by_hand(forge: Forge, seconds: int, voters: tuple[str, ...]) -> None:
    """Blocks in whose headers only `voters` speak of hardfork 28, and all others of what is in force."""
    until = forge.state.globals.time + seconds
    wants, keeps = (
        (hardfork_version(28), forge.params.hardfork_time(28)),
        (hardfork_version(27), DEVNET.genesis_time + 3),
    )
    while forge.state.globals.time < until:
        forge.push(
            running_version=forge.params.blockchain_version,
            hardfork_vote=wants if forge.witness() in voters else keeps,
        )


def test_without_enough_votes_nothing_changes_and_a_late_vote_is_enough() -> None:
    forge = forge_of_27()
    grow_by_hand(forge, 201, VOTERS[:3])
    assert forge.state.globals.time > SWITCH_TIME
    assert forge.state.hardforks.last_hardfork == 27
    grow_by_hand(forge, 126, VOTERS)
    assert forge.state.hardforks.last_hardfork == 28
    assert forge.state.hardforks.processed[-1] == SWITCH_TIME


def test_votes_can_be_taken_back_until_the_time_comes() -> None:
    forge = forge_of_27(SWITCH_TIME + 90)
    grow_by_hand(forge, 189, VOTERS)
    assert forge.state.hardforks.next_version == hardfork_version(28)
    grow_by_hand(forge, 120, VOTERS[:3])
    assert forge.state.globals.time > SWITCH_TIME + 90
    assert forge.state.hardforks.next_version == hardfork_version(27)
    assert forge.state.hardforks.last_hardfork == 27


def test_votes_count_for_one_time_only() -> None:
    """Four who want the rules, but not at one time, are not four."""
    forge = forge_of_27()
    until = forge.state.globals.time + 300
    while forge.state.globals.time < until:
        odd = int(forge.witness() == "witness-3")
        forge.push(
            running_version=forge.params.blockchain_version,
            hardfork_vote=(hardfork_version(28), SWITCH_TIME + odd) if forge.witness() in VOTERS else None,
        )
    assert forge.state.hardforks.last_hardfork == 27


def test_the_release_of_a_version_does_not_count_in_a_vote(before: Forge) -> None:
    witness = before.witness()
    before.push(hardfork_vote=(hardfork_version(28) + 5, SWITCH_TIME))
    assert before.state.witnesses.get(witness).hardfork_version_vote == hardfork_version(28)


def test_a_witness_that_wants_unknown_rules_votes_against_them_with_us(after: Forge) -> None:
    witness = after.witness()
    after.push(hardfork_vote=(hardfork_version(29), SWITCH_TIME + 9_000))
    assert vote_to_cast(after.state, after.state.witnesses.get(witness)) == VOTE_28
    while after.witness() != witness:
        after.grow()
    assert after.grow()[0].header.hardfork_vote == VOTE_28
    assert vote_to_cast(after.state, after.state.witnesses.get(witness)) is None


def test_a_program_without_the_next_rules_votes_for_nothing() -> None:
    forge = forge_of_27(blockchain_version=hardfork_version(27) + 11)
    forge.grow(60)
    assert all(block.header.hardfork_vote is None for block in forge.chain.blocks(1, 60))
    assert forge.state.witnesses.get("witness-1").running_version == hardfork_version(27) + 11


# what is different


def refusal(forge: Forge, *operations: Any, by: list[tuple[str, str]], expires_in: int = 60) -> type[ChainError] | None:
    """The error with which a transaction is refused that those sign; None where it is taken."""
    made = forge.transaction(*operations, by="", expires_in=expires_in)
    digest = made.digest(forge.params.chain_id)
    signed = made.with_signatures([forge.key(*signer).sign(digest) for signer in by])
    try:
        forge.chain.mempool.add(signed)
    except ChainError as error:
        return type(error)
    return None


def post(forge: Forge, author: str) -> Any:
    texts = {"title": "", "body": "text", "json_metadata": ""}
    return forge.operation("comment", parent_author="", parent_permlink="life", author=author, permlink="post", **texts)


def pay(forge: Forge, memo: str) -> Any:
    return forge.operation("transfer", from_="alice", to="bob", amount="0.001 HIVE", memo=memo)


def test_a_higher_role_no_longer_stands_in_for_a_lower_one(before: Forge) -> None:
    assert refusal(before, post(before, "alice"), by=[("alice", "active")]) is None
    assert refusal(before, post(before, "bob"), by=[("bob", "owner")]) is None
    before.grow()
    assert refusal(before, post(before, "carol"), by=[("carol", "active")]) is MissingPostingAuthority


def test_roles_mix_in_a_transaction(before: Forge) -> None:
    both = [("alice", "posting"), ("alice", "active")]
    assert refusal(before, post(before, "alice"), pay(before, "one"), by=both) is CombinedWithPosting
    before.grow()
    assert refusal(before, post(before, "alice"), pay(before, "one"), by=both) is None


def test_a_needless_signature_does_no_harm(before: Forge) -> None:
    signers = [("alice", "active"), ("bob", "active")]
    assert refusal(before, pay(before, "one"), by=signers) is IrrelevantSignature
    before.grow()
    assert refusal(before, pay(before, "one"), by=signers) is None


def test_a_signature_may_wait_for_a_day(before: Forge) -> None:
    for seconds, expected in ((3_600, None), (3_601, ExpirationTooFar)):
        assert refusal(before, pay(before, str(seconds)), by=[("alice", "active")], expires_in=seconds) is expected
    before.grow()
    for seconds, expected in ((3_601, None), (86_400, None), (86_401, ExpirationTooFar)):
        assert refusal(before, pay(before, f"{seconds}"), by=[("alice", "active")], expires_in=seconds) is expected


def test_what_waits_and_is_no_longer_allowed_is_let_go_with_the_switch(before: Forge) -> None:
    """The block that brings the switch is still under the old rules, so nothing has to wait."""
    assert refusal(before, post(before, "alice"), by=[("alice", "active")]) is None
    stays = before.pay("alice", "bob", "0.001 HIVE", "stays")
    before.chain.mempool.add(stays)
    before.push()
    assert before.state.hardforks.last_hardfork == 28
    assert [transaction.id for transaction in before.chain.mempool] == [stays.id]


def vote_for_size(forge: Forge, size: int) -> None:
    """Every witness proposes blocks of that size."""
    with forge.amending() as state:
        for owner in forge.witness_keys:
            state.witnesses.edit(owner).maximum_block_size = size


def changes_of_size(forge: Forge, first: int, last: int) -> list[tuple[int, int]]:
    told = ((num, event) for num in range(first, last + 1) for event in events_of(forge, num))
    return [(num, int(event.message.rsplit(" ", 1)[1])) for num, event in told if isinstance(event, SystemWarning)]


def test_the_size_of_blocks_changes_when_a_schedule_begins_no_more_when_it_is_chosen() -> None:
    forge = forge_of_27()
    grow_to(forge, 41)
    vote_for_size(forge, 65_536)
    grow_to(forge, 83)
    vote_for_size(forge, 131_072)
    grow_to(forge, 106)
    assert changes_of_size(forge, 22, 106) == [(42, 65_536), (105, 131_072)]


@pytest.mark.parametrize("is_old", [True, False])
def test_nothing_is_made_for_the_treasurys_hbd(before: Forge, after: Forge, is_old: bool) -> None:
    forge = before if is_old else after
    with forge.amending() as state:
        state.accounts.edit("hive.fund").hbd_balance += 10**12
        totals = state.edit_globals()
        totals.current_hbd_supply += 10**12
        totals.virtual_supply += 10**12
    totals, treasury = forge.state.globals, forge.state.accounts.get("hive.fund")
    all_supply = totals.current_supply + totals.current_hbd_supply  # at 1.000 HBD for 1.000 HIVE
    counted = all_supply if is_old else all_supply - treasury.hbd_balance
    fund = forge.state.reward_fund.reward_balance
    forge.grow()
    assert forge.state.reward_fund.reward_balance - fund == emission.new_hive(counted, 978) * 6_500 // 10_000


def test_who_had_given_up_votes_loses_those_for_proposals_with_the_block_after_the_switch() -> None:
    world = World(processes=(process_decline_requests, process_hardforks))
    state = world.state
    hardforks = state.edit_hardforks()
    hardforks.last_hardfork, hardforks.current_version = 27, hardfork_version(27)
    hardforks.next_version, hardforks.next_time = hardfork_version(28), state.now + 3
    world.accounts("alice", "bob", "carol")
    for position, (proposal, voter) in enumerate([(1, "alice"), (1, "bob"), (2, "bob"), (2, "carol")]):
        state.proposal_votes.insert(ProposalVote(proposal, voter, position))
    for name in ("bob", "carol"):
        state.accounts.edit(name).can_vote = False
    state.decline_requests.insert(DeclineRequest("carol", 7, state.now + 86_400))
    assert world.advance() == [Hardfork(28)]
    switched_at = state.now
    assert list(state.decline_requests.scan()) == [
        DeclineRequest("bob", 0, switched_at),
        DeclineRequest("carol", 7, switched_at),
    ]
    assert [event.name for event in world.advance()] == ["declined_voting_rights"] * 2
    assert [vote.voter for vote in state.proposal_votes.scan()] == ["alice"]
