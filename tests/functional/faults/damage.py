"""Damage a data directory in every way and everywhere: `python -m tests.functional.faults.damage --damages 2000`.

A recorded life (tests.functional.faults.life) is stopped at some moment. In a copy of its directory one file is damaged: a bit is flipped, a page
of 4 KiB zeroed, the file shortened, removed, replaced by what it was earlier or by another file. Then the copy must

    be refused, with an error that has a code of its own and says what to do, and be whole again when that file is mended,
    or open, and the damage be told when the bad bytes are read, by whoever reads them,
    or hold exactly the pairs that it held before.

What opens is asked the same questions over JSON-RPC as the sound directory, and given the blocks that follow: every answer is the same or
an error, and every block brings the same digest or ends in a StorageError. Nobody goes on with anything else than the truth.
"""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
from rich.console import Console
from rich.table import Table

from chain.block import Block
from chain.chain import Chain
from chain.errors import StorageError
from node import sign_state
from node.clock import ManualClock
from node.data_directory import PEERS_NAME
from node.p2p.peers import SECRET_BYTES, AddressBook, DamagedAddressBook
from node.rpc.apis import make_registry
from node.rpc.context import Context, NoSender
from node.rpc.jsonrpc import Dispatcher
from tests.functional.campaign import Named, command, show_verdict
from tests.functional.crash_node import Place, _place, crash_genesis
from tests.functional.faults.disk import write_image
from tests.functional.faults.life import Life
from tests.functional.faults.power import forgets
from tests.functional.faults.recorded import OWN_WITNESSES, Told, dump_of, open_node

DAMAGES_A_MOMENT = 50
MOMENTS_A_LIFE = 4
BLOCKS_AFTERWARDS = 5
PAGE_BYTES = 4_096
NOT_OURS = ("LOG", "LOG.old", "LOCK")  # LevelDB's diary, which nobody reads, and its lock
KINDS = ("bit flipped", "page zeroed", "shortened", "removed", "as it was earlier", "another's contents")


@dataclass
class Report:
    seed: int
    damages: Counter[str] = field(default_factory=Counter)  # by kind
    files: Counter[str] = field(default_factory=Counter)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind and how it ended
    codes: Counter[str] = field(default_factory=Counter)
    answers_compared: int = 0
    answers_refused: int = 0
    blocks_pushed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults and len({end for _, end in self.ends}) == 3


REFUSED, TOLD_LATER, HARMLESS = "refused", "told when read", "harmless"


@dataclass(frozen=True)
class Truth:
    """What a sound directory of this moment holds and answers."""

    place: Place
    dump: bytes
    answers: dict[bytes, bytes]
    following: list[tuple[Block, bytes]]
    """The next blocks, each with the digest that it brings."""


class Moment:
    """A life stopped at one record: its directory, what was in it at an earlier time, and the truth about it."""

    def __init__(self, folder: Path, life: Life, end: int, rng: random.Random) -> None:
        self.folder = folder
        self.root = str(life.root)
        self.files, self.memory = life.left_at(end)
        self.files[f"{self.root}/{PEERS_NAME}"] = AddressBook(rng.randbytes(SECRET_BYTES)).encode()
        self.earlier, _ = life.left_at(rng.randint(1, end))
        self.names = sorted(
            name
            for name, data in self.files.items()
            if data and not name.endswith(tuple(f"/{one}" for one in NOT_OURS))
        )

    def learn(self, open_image: Callable[[Path], Any], last: list[Block]) -> None:
        image = self.folder / "sound"
        write_image(self.files, self.root, image)
        chain, signed, _ = open_image(image)
        with closing(chain), closing(signed):
            place, dump, dispatcher = _place(chain), dump_of(chain.backend), dispatcher_of(chain)
            answers = {question: answer(dispatcher, question) for question in questions(chain)}
            following = []
            for block in last[chain.head_num :][:BLOCKS_AFTERWARDS]:
                if block.header.previous == chain.head_id:
                    chain.push_block(block)
                    following.append((block, chain.digest))
        self.truth = Truth(place, dump, answers, following)
        shutil.rmtree(image)


class Campaign:
    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.report = Report(seed)
        self.genesis = crash_genesis()
        self.witnesses = [witness.name for witness in self.genesis.witnesses][-OWN_WITNESSES:]
        self.now = 0.0
        self.is_replaced = False

    def run(self, damages: int) -> Iterator[int]:
        """Yields after each damage; afterwards `report` is complete."""
        a_life = MOMENTS_A_LIFE * DAMAGES_A_MOMENT
        for done in range(damages):
            if done % a_life == 0:
                life = Life(self.folder, self.report.seed + done // a_life)
            if done % DAMAGES_A_MOMENT == 0:
                moment = self.moment(life, done % a_life // DAMAGES_A_MOMENT)
            self.damage(moment, f"{life.seed} {done % a_life}")
            yield done + 1

    def moment(self, life: Life, number: int) -> Moment:
        rng = random.Random(f"{life.seed} moment {number}")
        end = rng.choice([at for at in range(len(life.records) // 3, len(life.records)) if is_quiet(life, at)])
        moment = Moment(self.folder, life, end, rng)
        moment.learn(self.open, self.last_blocks(life))
        return moment

    def last_blocks(self, life: Life) -> list[Block]:
        """Of the branch on which the life has ended, from the first."""
        files, memory = life.left_at(len(life.records))
        image = self.folder / "ended"
        write_image(files, str(life.root), image)
        self.now = memory.now
        chain, signed, _ = self.open(image)
        with closing(chain), closing(signed):
            blocks = list(chain.blocks(1, chain.head_num))
        shutil.rmtree(image)
        return blocks

    def open(self, image: Path) -> Any:
        """Whoever replaces a file leaves other times on it; a bad disk does not."""
        with patch.object(sign_state, "_is_copied", lambda record, stat: self.is_replaced):
            return open_node(image, self.genesis, self.witnesses, self.now)

    # one damage

    def damage(self, moment: Moment, seed: str) -> None:
        rng = random.Random(seed)
        kind = rng.choice(KINDS)
        name = self.choose(moment, rng)
        files = damaged(moment, name, kind, rng)
        if files is None:
            kind = "bit flipped"
            files = damaged(moment, name, kind, rng)
        assert files is not None
        short = name.removeprefix(moment.root + "/")
        report = self.report
        report.damages[kind] += 1
        report.files[sort_of(short)] += 1
        self.now, self.is_replaced = moment.memory.now, kind in KINDS[-2:]
        image = self.folder / "damaged"
        write_image(files, moment.root, image)
        try:
            end = self.judge(image, name, moment)
        except Exception as error:  # noqa: BLE001  # it is what a campaign is for
            end = "fault"
            report.faults.append(f"{seed}: {short} {kind}: {error!r}")
        report.ends[kind, end] += 1
        shutil.rmtree(image)

    @staticmethod
    def choose(moment: Moment, rng: random.Random) -> str:
        """Every second time any file, else any byte."""
        if rng.random() < 0.5:
            return rng.choice(moment.names)
        sizes = [len(moment.files[name] or b"") for name in moment.names]
        return rng.choices(moment.names, sizes)[0]

    def judge(self, image: Path, name: str, moment: Moment) -> str:
        """How it ended. Raises AssertionError, or whatever else should not be raised."""
        with suppress(FileNotFoundError, DamagedAddressBook):  # begun anew: it is hearsay
            AddressBook.decode((image / PEERS_NAME).read_bytes())
        try:
            chain, signed, _ = self.open(image)
        except StorageError as error:
            if type(error) is StorageError:
                raise AssertionError("an error without a code of its own") from error
            self.report.codes[error.code] += 1
            self.mend(image, name, moment)
            return REFUSED
        with closing(chain), closing(signed):
            assert _place(chain) == moment.truth.place, f"it stands at {_place(chain)}, not at {moment.truth.place}"
            assert signed.waits_until > self.now or not forgets(signed, moment.memory), (
                "it has forgotten what it signed"
            )
            was_refused = self.ask(chain, moment.truth)
            is_sound = self.is_sound(chain, moment.truth)
            assert not (is_sound and was_refused), "an error on sound pairs"
            has_stopped = self.follow(chain, moment.truth)
            assert not (is_sound and has_stopped), "it stops on sound pairs"
        return HARMLESS if is_sound else TOLD_LATER

    def mend(self, image: Path, name: str, moment: Moment) -> None:
        """Nothing was changed by who refused: with the damaged file mended, all is there."""
        (image / name.removeprefix(moment.root + "/")).write_bytes(moment.files[name] or b"")
        chain, signed, _ = self.open(image)
        with closing(chain), closing(signed):
            assert dump_of(chain.backend) == moment.truth.dump, "refused, and not as before when mended"  # type: ignore[arg-type]

    @staticmethod
    def is_sound(chain: Chain, truth: Truth) -> bool:
        """Whether every pair is there. Where not, that must be told."""
        try:
            dump = dump_of(chain.backend)  # type: ignore[arg-type]
        except StorageError:
            return False
        assert dump == truth.dump, "other pairs"
        return True

    def ask(self, chain: Chain, truth: Truth) -> bool:
        """Every answer is the truth, or an error. Whether there was one."""
        refused = 0
        dispatcher = dispatcher_of(chain)
        for question, expected in truth.answers.items():
            found = answer(dispatcher, question)
            self.report.answers_compared += 1
            if found != expected:
                error = orjson.loads(found).get("error", {})
                assert error.get("code") == -32603, f"a wrong answer to {question!r}: {found!r} instead of {expected!r}"
                refused += 1
        self.report.answers_refused += refused
        return refused > 0

    def follow(self, chain: Chain, truth: Truth) -> bool:
        """The blocks that follow bring the true digests. Whether the node has stopped instead."""
        for block, digest in truth.following:
            try:
                chain.push_block(block)
            except StorageError:
                return True
            self.report.blocks_pushed += 1
            assert chain.digest == digest, f"another digest at block {block.num}"
        return False


def is_quiet(life: Life, end: int) -> bool:
    """Whether the node has just told others of what it had done: nothing is half done then."""
    return isinstance(life.records[end - 1], Told)


def damaged(moment: Moment, name: str, kind: str, rng: random.Random) -> dict[str, bytes | None] | None:
    """The files with one of them damaged so; None where that makes no difference."""
    files = dict(moment.files)
    data = files[name] or b""
    changed = bytearray(data)
    match kind:
        case "bit flipped":
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case "page zeroed":
            start = rng.randrange(len(data)) // PAGE_BYTES * PAGE_BYTES
            end = min(start + PAGE_BYTES, len(data))
            changed[start:end] = bytes(end - start)
        case "shortened":
            del changed[rng.randrange(len(data)) :]
        case "removed":
            del files[name]
            return files
        case "as it was earlier":
            changed = bytearray(moment.earlier.get(name) or data)
        case _:
            changed = bytearray(files[rng.choice(moment.names)] or b"")
    files[name] = bytes(changed)
    return files if files[name] != data else None


def sort_of(name: str) -> str:
    """`state/000012.ldb` is one of `state/*.ldb`."""
    if name.endswith((".ldb", ".log")):
        return "state/*" + name[-4:]
    return "state/MANIFEST" if "MANIFEST" in name else name


# --- questions


def questions(chain: Chain) -> Iterator[bytes]:
    """Calls that read all over the database: blocks, histories, accounts, posts, lists."""
    names = sorted(name.name for name in chain.origin.accounts)
    for num in range(1, chain.head_num + 1, 3):
        yield call("block_api.get_block", {"block_num": num})
        yield call("condenser_api.get_ops_in_block", [num, False])
    for name in names:
        yield call("condenser_api.get_accounts", [[name]])
        yield call("condenser_api.get_account_history", [name, -1, 100])
        yield call("condenser_api.get_discussions_by_blog", [{"tag": name, "limit": 20}])
    yield call("condenser_api.get_discussions_by_created", [{"tag": "", "limit": 50}])
    yield call("condenser_api.get_dynamic_global_properties", [])
    yield call("condenser_api.get_witnesses_by_vote", ["", 50])
    yield call("database_api.list_accounts", {"start": "", "limit": 100, "order": "by_name"})


def call(method: str, params: Any) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def dispatcher_of(chain: Chain) -> Dispatcher:
    context = Context(chain, NoSender(), clock=ManualClock(chain.state.globals.time))
    return Dispatcher(make_registry(), context, now=lambda: 0, report_bug=lambda method, error: type(error).__name__)


def answer(dispatcher: Dispatcher, question: bytes) -> bytes:
    found = dispatcher.answer(question)
    return asyncio.run(found) if isinstance(found, Coroutine) else found


def show(report: Report, console: Console) -> None:
    title = f"{report.damages.total():,} damages, seed {report.seed}"
    ends = (REFUSED, TOLD_LATER, HARMLESS, "fault")
    table = Table("damage", "times", *ends, title=title, title_justify="left")
    for kind in KINDS:
        table.add_row(kind, f"{report.damages[kind]:,}", *(str(report.ends[kind, end]) for end in ends))
    table.add_row(
        "all", f"{report.damages.total():,}", *(str(sum(report.ends[kind, end] for kind in KINDS)) for end in ends)
    )
    console.print(table)
    for name, counts in (("files", report.files), ("refusals", report.codes)):
        console.print(
            f"{name}: {', '.join(f'{what} {times}' for what, times in counts.most_common())}", highlight=False
        )
    console.print(
        f"answers over JSON-RPC compared {report.answers_compared:,}, of these errors {report.answers_refused:,}; "
        f"blocks applied afterwards {report.blocks_pushed:,}"
    )
    show_verdict(console, report, "nobody went on with bad data", report.faults)


NAMED = Named("tests.functional.faults.damage", __doc__ or "", "damages", 2_000)

if __name__ == "__main__":
    command(NAMED, Campaign, show)()
