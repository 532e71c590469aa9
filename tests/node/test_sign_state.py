"""The file that keeps a witness from signing twice: over crashes, copies, damage and second instances."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from chain.errors import StorageError
from chain.finality.ballot import AlreadyVoted, Ballot
from chain.finality.votes import PRECOMMIT, PREVOTE, Certificate, Place
from node import sign_state
from node.sign_state import (
    COPY_BYTES,
    DamagedSignState,
    SignState,
    SignStateInUse,
    SignStateTooLarge,
    SlotAlreadySigned,
)

NOW = 1_800_000_000
WAIT = 126  # two rounds of 21 slots
BLOCK = (50).to_bytes(4, "big") + bytes(16)
RIVAL = (50).to_bytes(4, "big") + b"\x01" * 16
LOCK = Certificate(2, 3, PREVOTE, BLOCK, tuple((place, bytes(97)) for place in range(21)))


def opened(path: Path, now: float = NOW, *, trusts_new: bool = True) -> SignState:
    return SignState(path, now=now, wait_seconds=WAIT, trusts_new=trusts_new)


def remembered(path: Path, now: float = NOW) -> tuple[int, Ballot, str]:
    state = opened(path, now)
    state.close()
    return state.newest_time, state.ballot, state.doubt


# --- what is noted stays


def test_what_was_signed_is_remembered(tmp_path: Path) -> None:
    state = opened(tmp_path)
    assert (state.newest_time, state.waits_until, state.ballot) == (0, 0, Ballot())
    first = Ballot().with_vote(Place(2, 3, PREVOTE), BLOCK, None)
    second = first.with_vote(Place(2, 3, PRECOMMIT), BLOCK, LOCK)
    state.note(NOW)
    state.note_ballot(first)
    state.note(NOW + 3)
    state.note_ballot(second)
    state.close()
    assert remembered(tmp_path) == (NOW + 3, second, "")


def test_a_restart_makes_nobody_wait(tmp_path: Path) -> None:
    for number in range(5):
        state = opened(tmp_path, NOW + number)
        state.note(NOW + number)
        assert state.waits_until == 0
        state.close()


def test_invalid_slot_again_or_earlier(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.note(NOW)
    for slot_time in (NOW, NOW - 3):
        with pytest.raises(SlotAlreadySigned):
            state.note(slot_time)
    state.close()


def test_invalid_second_vote_in_a_view(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.note_ballot(Ballot(2, 3, BLOCK))
    for ballot in (Ballot(2, 3, RIVAL), Ballot(2, 2, BLOCK), Ballot(1, 9)):
        with pytest.raises(AlreadyVoted):
            state.note_ballot(ballot)
    state.close()
    assert remembered(tmp_path)[1] == Ballot(2, 3, BLOCK)


def test_invalid_ballot_that_does_not_fit(tmp_path: Path) -> None:
    state = opened(tmp_path)
    huge = Certificate(2, 3, PREVOTE, BLOCK, tuple((place, bytes(97)) for place in range(60)))
    with pytest.raises(SignStateTooLarge):
        state.note_ballot(Ballot(2, 3, BLOCK, BLOCK, huge))
    state.close()
    assert remembered(tmp_path)[1] == Ballot()


# --- doubt


def test_a_new_file_waits_unless_the_chain_is_being_started(tmp_path: Path) -> None:
    state = opened(tmp_path, trusts_new=False)
    assert (state.waits_until, state.doubt) == (NOW + WAIT, "it is new")
    for slot_time in (NOW, NOW + WAIT - 3):
        with pytest.raises(SlotAlreadySigned):
            state.note(slot_time)
    state.note(NOW + WAIT)
    state.close()
    (tmp_path / "SIGNED").unlink()
    assert opened(tmp_path, trusts_new=True).waits_until == 0


def test_the_wait_survives_a_restart_and_does_not_grow(tmp_path: Path) -> None:
    opened(tmp_path, trusts_new=False).close()
    state = opened(tmp_path, NOW + 60, trusts_new=False)
    assert (state.waits_until, state.doubt) == (NOW + WAIT, "")
    state.close()


def test_where_nobody_else_produces_nobody_waits(tmp_path: Path) -> None:
    state = SignState(tmp_path, now=NOW)
    assert state.waits_until == 0
    state.note_shown(NOW + 3, NOW)
    assert state.waits_until == 0
    state.close()


@pytest.mark.parametrize(
    "how", [shutil.copytree, lambda old, new: shutil.move(shutil.copytree(old, new / "x"), new / "y")]
)
def test_a_copy_knows_that_it_is_one(tmp_path: Path, how: Callable[[Path, Path], object]) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    state = opened(old)
    state.note(NOW)
    state.close()
    how(old, new)
    found = next(path.parent for path in new.rglob("SIGNED"))
    later = NOW + 1_000
    state = opened(found, later)
    assert (state.newest_time, state.waits_until) == (NOW, later + WAIT)
    assert "backup" in state.doubt
    state.close()
    assert opened(found, later + 9).waits_until == later + WAIT


def test_a_copy_that_got_the_inode_of_the_original_has_other_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_at = time.time_ns() - 3_600 * 10**9
    with monkeypatch.context() as patch:
        patch.setattr(sign_state, "time_ns", lambda: written_at)
        opened(tmp_path).close()
    os.utime(tmp_path / "SIGNED", ns=(written_at, written_at))  # as `cp --archive` does
    assert "backup" in remembered(tmp_path)[2]
    assert remembered(tmp_path)[2] == ""
    os.utime(tmp_path / "SIGNED", ns=(written_at, written_at))
    assert "backup" in remembered(tmp_path)[2]


def test_a_directory_that_was_renamed_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    opened(tmp_path / "old").close()
    (tmp_path / "old").rename(tmp_path / "new")
    assert remembered(tmp_path / "new")[2] == ""


def test_a_block_that_we_do_not_remember_makes_us_wait_behind_whoever_made_it(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.note(NOW)
    state.note_shown(NOW, NOW + 1)
    assert state.waits_until == 0
    for slot_time in (NOW + 63, NOW + 126, NOW + 189):  # the other node goes on
        state.note_shown(slot_time, slot_time + 1)
        assert state.waits_until == slot_time + 1 + WAIT
    assert "not signed here" in state.doubt
    state.close()
    state = opened(tmp_path, NOW + 200)
    assert state.waits_until == NOW + 190 + WAIT
    state.close()


def test_catching_up_with_old_blocks_of_ours_writes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = opened(tmp_path)
    written = []
    monkeypatch.setattr(sign_state, "_write_at", lambda *arguments: written.append(arguments))
    for slot_time in range(NOW - 100_000, NOW, 63):
        state.note_shown(slot_time, NOW)
    assert len(written) == 1
    assert state.waits_until == NOW + WAIT
    state.close()


def test_the_file_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    body = (NOW - 30).to_bytes(8, "big")
    (tmp_path / "SIGNED").write_bytes(body + sha256(body).digest()[:4])
    state = opened(tmp_path)
    assert (state.newest_time, state.waits_until) == (NOW - 30, NOW + WAIT)
    state.close()
    assert remembered(tmp_path) == (NOW - 30, Ballot(), "")


# --- damage


@pytest.mark.parametrize(
    "damage", [b"\x00", b"\x00" * 12, b"\x01" * 12, b"\x00" * 2 * COPY_BYTES, b"\x01" * 3 * COPY_BYTES]
)
def test_invalid_file(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "SIGNED").write_bytes(damage)
    with pytest.raises(DamagedSignState, match="remove"):
        opened(tmp_path)
    assert (tmp_path / "SIGNED").read_bytes() == damage


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.note(NOW)
    state.close()
    path = tmp_path / "SIGNED"
    sound = path.read_bytes()
    rng = random.Random(1)
    for place in [*range(80), *(rng.randrange(len(sound)) for _ in range(100))]:
        damaged = bytearray(sound)
        damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        state = opened(tmp_path)
        assert "damaged" in state.doubt, place
        assert state.waits_until == NOW + WAIT
        state.close()


def test_invalid_disk_that_cannot_take_the_note(tmp_path: Path) -> None:
    state = opened(tmp_path)
    os.close(state._file)
    state._file = os.open(tmp_path / "SIGNED", os.O_RDONLY)
    with pytest.raises(StorageError, match=r"The disk refuses .*SIGNED"):
        state.note(NOW)
    assert state.newest_time == 0
    state.close()


def test_invalid_directory(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        opened(tmp_path / "missing")


# --- second instances


def test_invalid_second_instance_here(tmp_path: Path) -> None:
    state = opened(tmp_path)
    with pytest.raises(SignStateInUse, match="locked"):
        opened(tmp_path)
    state.close()
    opened(tmp_path).close()


def test_invalid_second_process_is_refused_within_a_second(tmp_path: Path) -> None:
    state = opened(tmp_path)
    program = "import sys, time; from pathlib import Path; from node.sign_state import SignState, SignStateInUse\n"
    program += "started = time.perf_counter()\ntry:\n    SignState(Path(sys.argv[1]), now=0)\nexcept SignStateInUse as error:\n"
    program += "    print(error.code, time.perf_counter() - started < 1)\n"
    found = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert found.stdout == "sign_state_in_use True\n"
    state.close()


# --- crashes


class KilledError(Exception):
    pass


class Torn:
    """Kills the process in the middle of a write: so many of its bytes arrive."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes_left = -1
        self.before_sync = False
        self._write = os.pwrite
        self._sync = os.fdatasync
        monkeypatch.setattr(sign_state, "_write_at", self.write)
        monkeypatch.setattr(os, "fdatasync", self.sync)

    def write(self, file: int, data: bytes, offset: int) -> int:
        if self.bytes_left >= 0:
            self._write(file, data[: self.bytes_left], offset)
            raise KilledError
        return self._write(file, data, offset)

    def sync(self, file: int) -> None:
        if self.before_sync:
            raise KilledError

    def heal(self) -> None:
        self.bytes_left, self.before_sync = -1, False


def test_killed_at_any_byte_of_a_write_nothing_signed_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = Torn(monkeypatch)
    signed = 0
    for count in [*range(140), 1_000, COPY_BYTES - 1, COPY_BYTES]:
        torn.heal()
        state = opened(tmp_path, NOW)
        slot_time = max(state.newest_time, state.waits_until) + 3
        state.note(slot_time)
        signed = slot_time
        torn.bytes_left = count
        with pytest.raises(KilledError):
            state.note(slot_time + 3)
        state.close()
        torn.heal()
        state = opened(tmp_path, NOW)
        assert state.newest_time in {signed, signed + 3}  # either is safe: nothing was signed for the later one
        state.close()


def test_random_histories_sign_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crashes at any write point, restarts, old backups put back, clocks that jump, second instances: in short form, many steps."""
    seed = 20_261_123
    rng = random.Random(seed)
    torn = Torn(monkeypatch)
    signed_slots: set[int] = set()
    signed_votes: dict[Place, bytes] = {}
    paths = [tmp_path / "node", tmp_path / "backup"]
    paths[0].mkdir()
    now = NOW
    state = opened(paths[0], now)

    def sign_block() -> None:
        slot_time = now // 3 * 3
        if slot_time > state.newest_time and slot_time >= state.waits_until:
            state.note(slot_time)
            assert slot_time not in signed_slots, seed
            signed_slots.add(slot_time)

    def vote() -> None:
        round_num = now // 63
        if round_num * 63 < state.waits_until:
            return
        place = Place(round_num, now % 63 // 7, rng.choice((PREVOTE, PRECOMMIT)))
        if (place.round_num, place.view) < (state.ballot.round_num, state.ballot.view) or state.ballot.voted(place):
            return
        block_id = round_num.to_bytes(4, "big") + rng.randbytes(16)
        state.note_ballot(state.ballot.with_vote(place, block_id, None))
        assert place not in signed_votes, seed
        signed_votes[place] = block_id

    crashes = 0
    for _ in range(20_000):
        step = rng.random()
        try:
            if step < 0.4:
                now += rng.choice((1, 3, 9, 60))
            elif step < 0.6:
                sign_block()
            elif step < 0.85:
                vote()
            elif step < 0.90:
                torn.bytes_left = rng.choice((0, 1, 50, 100, 200, COPY_BYTES))
                torn.before_sync = rng.random() < 0.5
                rng.choice((sign_block, vote))()
                torn.heal()
            elif step < 0.93:
                with pytest.raises(SignStateInUse):
                    opened(paths[0], now)
            elif step < 0.95:
                shutil.rmtree(paths[1], ignore_errors=True)
                shutil.copytree(paths[0], paths[1])
            elif step < 0.96 and paths[1].exists():
                state.close()
                paths[0].rename(tmp_path / f"left {now} {step}")  # not removed, or the copy might get its inode
                shutil.copytree(paths[1], paths[0])
                state = opened(paths[0], now, trusts_new=False)
            elif step < 0.98:
                state.close()
                state = opened(paths[0], now, trusts_new=False)
        except KilledError:
            crashes += 1
            torn.heal()
            state.close()
            state = opened(paths[0], now, trusts_new=False)
    state.close()
    assert crashes > 100
    assert len(signed_slots) > 300
    assert len(signed_votes) > 300


@pytest.mark.functional
def test_killed_processes_forget_nothing_they_have_signed(tmp_path: Path) -> None:
    """A process signs as fast as it can and tells each slot; kill -9; what it told is remembered."""
    program = "import sys; from pathlib import Path; from node.sign_state import SignState\n"
    program += "state = SignState(Path(sys.argv[1]), now=0)\ntime = state.newest_time\n"
    program += "while True:\n    time += 3\n    state.note(time)\n    print(time, flush=True)\n"
    rng = random.Random(3)
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        deadline = time.monotonic() + rng.uniform(0.01, 0.1)
        while time.monotonic() < deadline:
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        told = [int(line) for line in lines if line.endswith("\n")]
        state = SignState(tmp_path, now=NOW)
        assert told[-1] <= state.newest_time <= told[-1] + 6
        assert state.doubt == ""
        state.close()
