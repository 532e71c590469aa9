"""When a witness makes its block, and when it holds back."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chain.asset import HIVE, Asset
from chain.keys import PrivateKey
from chain.presets import preset
from chain.witness_properties import ChainProperties
from node.core import PushBlock
from node.effects import BlockApplied, Missed, SlotMissed
from node.producing import ProducingRules, Production
from node.sign_state import SignState
from tests.helpers.play import START, Play, signing_keys

ALL = [witness.name for witness in preset("devnet").witnesses]
STRICT = ProducingRules()


def grown(blocks: int, rules: ProducingRules = STRICT, witnesses: Sequence[str] = ALL) -> Play:
    """A chain that has had so many blocks, from now on under other rules."""
    play = Play()
    play.produce(blocks)
    play.core.production = Production(witnesses, signing_keys(play.genesis), rules, play.signed)
    return play


def missed(play: Play) -> list[SlotMissed]:
    return [effect for effect in play.tick() if isinstance(effect, SlotMissed)]


def test_one_block_a_slot_however_often_time_is_told() -> None:
    play = Play()
    for tenth in range(100):
        play.now = START + tenth / 10
        play.tick()
    assert play.chain.head_num == 4  # of the slots at 0, 3, 6 and 9 seconds
    times = [play.chain.block(num).header.timestamp for num in range(1, 5)]
    assert times == [START, START + 3, START + 6, START + 9]


def test_every_witness_produces_in_its_turn() -> None:
    play = Play()
    play.produce(63)
    assert {play.chain.block(num).header.witness for num in range(43, 64)} == set(ALL)


def test_only_our_witnesses_produce() -> None:
    ours = ["witness-1", "witness-2"]
    play = grown(43, ProducingRules.alone(), ours)
    for _ in range(21):
        play.produce()
    assert {play.chain.block(num).header.witness for num in range(44, play.chain.head_num + 1)} == set(ours)


def test_a_jump_of_a_week_is_one_block_and_201_600_missed_slots() -> None:
    play = Play()
    play.produce(30)
    num, aslot = play.chain.head_num, play.chain.state.globals.current_aslot
    play.advance(7 * 86_400)
    play.produce()
    assert play.chain.head_num == num + 1
    assert play.chain.state.globals.current_aslot == aslot + 201_601


def test_a_block_made_late_bears_the_time_of_its_slot() -> None:
    play = Play()
    play.now = START + 2.9
    play.tick()
    assert play.chain.block(1).header.timestamp == START


def test_invalid_too_late_in_the_slot() -> None:
    play = grown(30)
    play.now = play.core.next_slot_time(play.now) + 0.8
    assert [effect.reason for effect in missed(play)] == [Missed.LATE]
    assert missed(play) == []  # told once
    play.now = play.core.next_slot_time(play.now) + 0.7
    assert any(isinstance(effect, BlockApplied) for effect in play.tick())


def test_invalid_head_is_old() -> None:
    play = grown(30)
    play.advance(60)
    play.now = play.core.next_slot_time(play.now)
    assert [effect.reason for effect in missed(play)] == [Missed.STALE_HEAD]
    play.core.production = Production(ALL, signing_keys(play.genesis), ProducingRules(is_forced=True), play.signed)
    assert any(isinstance(effect, BlockApplied) for effect in play.tick())


def test_once_caught_up_a_gap_is_no_reason_to_stop() -> None:
    play = grown(30)
    assert play.produce(1)
    play.advance(60)
    assert play.produce(1)


def test_invalid_too_few_witnesses_take_part() -> None:
    play = grown(150)
    assert play.produce(1)
    play.chain.mempool.suspend()
    play.advance(3 * 90)  # ninety empty slots: 38 of 128 remain, 29 %
    play.chain.mempool.resume(())
    made = play.produce(1)  # the register still says that all took part
    assert made
    play.now = play.core.next_slot_time(play.now)
    assert [effect.reason for effect in missed(play)] == [Missed.FEW_WITNESSES]


def test_a_young_chain_cannot_have_many_taking_part() -> None:
    play = grown(1, ProducingRules(participation_percent_min=99))
    assert play.produce(1)


def test_invalid_no_key() -> None:
    play = grown(30)
    play.core.production = Production(ALL, {}, ProducingRules.alone())
    play.now = play.core.next_slot_time(play.now)
    assert [effect.reason for effect in missed(play)] == [Missed.NO_KEY]


def test_invalid_slot_signed_before_a_crash() -> None:
    """The note was written and the block was lost: the slot stays empty, and the next one is filled."""
    play = grown(30, ProducingRules.alone())
    play.now = play.core.next_slot_time(play.now)
    play.signed.note(int(play.now))
    assert [effect.reason for effect in missed(play)] == [Missed.ALREADY_SIGNED]
    assert play.produce(1)


def signing_on_disk(play: Play, path: Path, witnesses: Sequence[str] = ALL) -> SignState:
    """From now on the play's witnesses remember what they signed as a node on a chain with others does."""
    state = SignState(path, now=play.now, wait_seconds=126, trusts_new=True)
    play.core.production = Production(witnesses, signing_keys(play.genesis), ProducingRules.alone(), state)
    return state


def test_invalid_slot_that_may_have_been_signed(tmp_path: Path) -> None:
    """The chain has blocks of ours that this data directory does not know: it is older than they are."""
    play = grown(30)
    state = signing_on_disk(play, tmp_path)
    play.core.production.recognise(play.chain, play.now)
    until = state.waits_until
    assert until == play.now + 126
    play.now = play.core.next_slot_time(play.now)
    assert [effect.reason for effect in missed(play)] == [Missed.MAY_HAVE_SIGNED]
    play.now = until
    assert any(isinstance(effect, BlockApplied) for effect in play.tick())
    state.close()


def test_a_node_whose_witness_produces_elsewhere_holds_back(tmp_path: Path) -> None:
    other = grown(30)
    play = Play(witnesses=[])
    for num in range(1, 31):
        play.core.handle(PushBlock(other.chain.block(num)), other.now)
    state = signing_on_disk(play, tmp_path)
    (made,) = other.produce()
    play.now = other.now
    play.core.handle(PushBlock(made.block), play.now)
    assert state.waits_until == play.now + 126
    play.now = play.core.next_slot_time(play.now)
    assert [effect.reason for effect in missed(play)] == [Missed.MAY_HAVE_SIGNED]
    state.close()


def test_invalid_slot_signed_on_a_branch_that_was_left() -> None:
    play = Play()
    play.produce(5)
    play.chain.pop_block()
    assert [effect.reason for effect in missed(play)] == [Missed.ALREADY_SIGNED]
    assert play.chain.head_num == 4


def test_a_witness_may_change_its_key() -> None:
    play = Play()
    play.produce(42)  # from here on all seven are scheduled
    fresh = PrivateKey.from_seed("a fresh signing key")
    play.admit(
        play.sign(
            play.operation(
                "witness_update",
                owner="witness-1",
                url="https://witness.example",
                block_signing_key=fresh.public_key,
                props=ChainProperties(Asset(0, HIVE), 65_536, 0),
                fee=Asset(0, HIVE),
            ),
            by="witness-1",
        )
    )
    play.produce(21)
    assert "witness-1" not in {play.chain.block(num).header.witness for num in range(44, play.chain.head_num + 1)}
    play.core.production = Production(
        ALL, signing_keys(play.genesis) | {fresh.public_key: fresh}, ProducingRules.alone(), play.signed
    )
    seven = play.produce(7)
    assert "witness-1" in {made.block.header.witness for made in seven}


def test_a_key_that_still_waits_does_not_sign_the_block_that_will_hold_it() -> None:
    play = Play()
    play.produce(42)
    fresh = PrivateKey.from_seed("a fresh signing key")
    play.core.production = Production(
        ALL, signing_keys(play.genesis) | {fresh.public_key: fresh}, ProducingRules.alone(), play.signed
    )
    for owner in ALL[1:]:
        update = play.operation(
            "witness_update",
            owner=owner,
            url="https://witness.example",
            block_signing_key=fresh.public_key,
            props=ChainProperties(Asset(0, HIVE), 65_536, 0),
            fee=Asset(0, HIVE),
        )
        play.admit(play.sign(update, by=owner))
    assert len(play.produce(21)) == 21


@pytest.mark.parametrize("now", [START, START + 1.5])
def test_a_node_without_witnesses_has_no_turn(now: float) -> None:
    play = Play(witnesses=[], now=now)
    assert play.tick() == []
