"""Starts a node in this process: the one place of the command line that knows the node from inside.

The node's own modules are imported when they are needed, so that help appears at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from cli.output import Failure, Function
from node import config
from node.config import Config
from node.settings import Setting

if TYPE_CHECKING:
    from chain.chain import Chain
    from chain.keys import PrivateKey
    from chain.presets import Genesis
    from node.blocklog import Imported
    from node.parity import Report
    from node.snapshot.file import SnapshotReader
    from node.snapshot.trust import Judge, Verdict


Progress = AbstractContextManager[Callable[[int], None]]
Keys: TypeAlias = "Mapping[str, Mapping[str, PrivateKey]]"


def setting_options(*names: str) -> Callable[[Function], Function]:
    """An option for each setting of a node, or for those named; a function gets them by the settings' names, None unless given."""

    def decorate(function: Function) -> Function:
        chosen = [one for one in config.SETTINGS if not names or one.name in names]
        for declared in reversed(chosen):
            function = setting_option(declared)(function)
        return function

    return decorate


def setting_option(declared: Setting) -> Callable[[Function], Function]:
    flag = declared.flag
    if declared.type is bool:
        flag = f"{flag}/--no-{flag[2:]}"
        return click.option(flag, declared.name, default=None, help=declared.help)
    default = "" if declared.default in (None, "", ()) or not declared.in_file else f"  [default: {declared.default}]"
    kind = {int: "INTEGER", Path: "PATH", tuple: "NAMES"}.get(declared.type, "TEXT")
    metavar = f"[{'|'.join(declared.choices)}]" if declared.choices else kind
    return click.option(flag, declared.name, metavar=metavar, help=declared.help + default)


def load_config(values: dict[str, Any]) -> Config:
    """Settings from flags, environment and file. Raises ConfigError."""
    return config.load(values)


def write_config(values: dict[str, Any]) -> Path:
    """Make a data directory with a commented config.toml that holds the given settings. Raises Failure where there is one."""
    loaded = load_config(values)
    if loaded.file.exists():
        raise Failure(f"{loaded.file} exists.", "Edit it, or choose another --data-dir.")
    given = {name: getattr(loaded, name) for name, value in values.items() if value is not None and name != "data_dir"}
    loaded.data_dir.mkdir(parents=True, exist_ok=True)
    loaded.file.write_text(config.template(given), encoding="utf-8")
    return loaded.file


def run_node(loaded: Config, on_ready: Callable[[str], None]) -> None:
    """Run a node until it is stopped (SIGINT, SIGTERM, also while it starts); `on_ready` hears its address once it answers there."""
    from node.stopping import Stops

    with Stops() as stops:
        import uvloop

        from node.runner import run

        uvloop.run(run(loaded, on_ready=on_ready, stops=stops))


# Fixtures of a devnet


def demo_fixtures() -> str:
    """The text of those that come with this program."""
    from importlib.resources import files

    return files("node").joinpath("fixtures", "demo.toml").read_text(encoding="utf-8")


def has_chain(data_dir: Path) -> bool:
    from chain.directory import is_unborn

    return not is_unborn(data_dir)


class FixtureFile:
    """A fixture file for a chain, read and found sound. Raises InvalidInput naming the place that is not."""

    def __init__(self, text: str, where: str, genesis: Genesis, keys: Keys) -> None:
        """`keys` of the chain's first accounts, by name and role."""
        from node.fixtures.reading import read_fixtures

        self.digest = hashlib.sha256(text.encode()).hexdigest()
        self._fixtures = read_fixtures(text, where, genesis, keys)
        self._genesis = genesis
        self.new_keys: Keys = dict(self._fixtures.private_keys())
        self._keys = {**keys, **self.new_keys}

    @property
    def summary(self) -> str:
        found = self._fixtures
        return (
            f"{len(found.people)} accounts, {len(found.communities)} communities, {len(found.posts)} posts and replies"
        )

    def stage(self, settings: dict[str, Any], now: int, progress: Callable[[str, int], Progress]) -> None:
        """Begin the chain of a data directory with it, its newest post as old `now` as it says. Raises FixtureRefused."""
        from node.fixtures.staging import stage
        from node.fixtures.story import tell_story

        story = tell_story(self._fixtures, self._genesis, now)
        with progress("fixtures", len(story.deeds)) as done:
            stage(load_config(settings), story, self._keys, done)


# Chains without a node: logs and parity


def compare_scenario(folder: Path, progress: Callable[[int], None]) -> Report:
    """Raises NotAScenario."""
    from node.parity import compare_scenario as compare

    return compare(folder, progress)


def replay_log(
    file: Path, spec: Path, stop: int | None, dump: Path | None, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Replay a log in memory; with `dump`, write its operations and its state there. Raises what the chain raises."""
    from node import parity, replay

    chain = replay.chain_of_spec(spec)
    operations = {}
    for num, applied in replay.replay(chain, file, stop):
        if dump is not None:
            operations[str(num)] = replay.operations_json(chain, applied)
        progress(num)
    written = [] if dump is None else parity.write_dumps(chain, dump, operations)
    return {
        "blocks": chain.head_num,
        "head_block_id": chain.head_id.hex(),
        "state_digest": chain.digest.hex(),
        "dumps": written,
    }


@contextmanager
def opened_chain(settings: dict[str, Any], *, must_exist: bool) -> Iterator[Chain]:
    """The chain of a data directory whose node is stopped. Raises StorageError; Failure where one must be there and is not.

    One that must exist is only read, so it may have histories or not; another is to be filled.
    """
    from node.data_directory import open_chain, origin_of

    loaded = load_config(settings)
    if must_exist:
        _demand_chain(loaded)
        loaded = replace(loaded, history_enabled=False)
    chain = open_chain(loaded, origin_of(loaded), is_filled=not must_exist)
    try:
        yield chain
    finally:
        chain.close()


def export_blocks(chain: Chain, file: Path, progress: Callable[[int], None], *, compressed: bool) -> int:
    """Write the chain's blocks to a file as hived would; the count of blocks."""
    from node import blocklog

    return blocklog.export_blocks(chain, file, progress, compressed=compressed)


def import_blocks(chain: Chain, file: Path, settings: dict[str, Any], progress: Callable[[int], None]) -> Imported:
    """Apply the blocks of a file that come after the head."""
    from node import blocklog
    from node.runner import resting_collector
    from node.verify.pool import workers_for

    with resting_collector(), closing(workers_for(chain, load_config(settings).verify_workers)) as workers:
        return blocklog.import_blocks(chain, file, progress, workers)


# The data directory of a node that is stopped


def compact(settings: dict[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Make it smaller. Raises StorageError."""
    from node import upkeep

    loaded = load_config(settings)
    _demand_chain(loaded)
    made = upkeep.compact(loaded, progress)
    return {"data_dir": str(loaded.data_dir), **made._asdict()}


def check(
    settings: dict[str, Any], *, is_deep: bool, progress: Callable[[str, int | None], Progress]
) -> dict[str, Any]:
    """Look at all that it holds; a bar for each check, of as many steps as are known. Raises StorageError where it cannot be opened."""
    from chain.state_audit import CHECKS, run
    from node import upkeep
    from node.data_directory import origin_of

    loaded = load_config(settings)
    _demand_chain(loaded)
    with closing(upkeep.opened_for_audit(loaded)) as audited:
        checks = {name: run(audited, name) for name in CHECKS}
        if is_deep:
            checks[upkeep.REPLAY] = upkeep.replayed(audited, origin_of(loaded), loaded.verify_workers)
        found = []
        for name, steps in checks.items():
            with progress(name, audited.head[0] if name in {"blocks", upkeep.REPLAY} else None) as done:
                for one in steps:
                    done(one.looked_at)
                found.append(asdict(one))
        return {
            "data_dir": str(loaded.data_dir),
            "head": audited.head[0],
            "state_digest": audited.head[2].hex(),
            "sound": not any(one["wrong"] for one in found),
            "checks": found,
        }


def _demand_chain(loaded: Config) -> None:
    from chain.directory import is_unborn

    if is_unborn(loaded.data_dir):
        raise Failure(f"There is no chain in {loaded.data_dir}.", "--data-dir names the folder of a node or a devnet.")


# Snapshots


def create_snapshot(file: Path, settings: dict[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Write the state of a data directory to a new file."""
    from node.snapshot.making import create_snapshot as create

    with opened_chain(settings, must_exist=True) as chain:
        made = create(chain, file, progress)
    return {
        "file": str(file),
        "block": made.moment.num,
        "block_id": made.moment.block_id.hex(),
        "state_root": made.state_root.hex(),
        "state_digest": made.moment.digest.hex(),
        "rows": made.row_count,
        "chunks": made.chunk_count,
        "size_bytes": made.size_bytes,
        "attested": made.is_attested,
    }


@contextmanager
def judged_snapshot(file: Path, settings: dict[str, Any], trusted_id: str | None) -> Iterator[JudgedSnapshot]:
    """A snapshot whose proofs were judged by the rules of the chain that the settings name. Raises StorageError.

    Where no block is named, the setting `chain.trusted_block` counts, if there is one.
    """
    from node.data_directory import origin_of
    from node.snapshot.file import SnapshotReader
    from node.snapshot.trust import Judge

    loaded = load_config(settings)
    with SnapshotReader(file) as reader:
        judge = Judge(reader, origin_of(loaded).params)
        trusted = bytes.fromhex(trusted_id or loaded.chain_trusted_block) or None
        yield JudgedSnapshot(reader, judge, judge.verdict(trusted), loaded, settings)


class JudgedSnapshot:
    """What the commands do with a snapshot."""

    def __init__(
        self, reader: SnapshotReader, judge: Judge, verdict: Verdict, loaded: Config, settings: dict[str, Any]
    ) -> None:
        self._reader = reader
        self._judge = judge
        self._verdict = verdict
        self._loaded = loaded
        self._settings = settings

    @property
    def chunk_count(self) -> int:
        return len(self._reader.manifest.frames)

    def check(self, progress: Callable[[int], None]) -> None:
        """Look at every row. Raises DamagedSnapshot."""
        from node.snapshot.restoring import verified_chunks

        for count, _ in enumerate(verified_chunks(self._reader, self._judge), 1):
            progress(count)

    def answer(self) -> dict[str, Any]:
        manifest, verdict = self._reader.manifest, self._verdict
        return {
            "file": str(self._reader.path),
            "chain_id": manifest.chain_id.hex(),
            "block": verdict.checkpoint.num,
            "block_id": verdict.checkpoint.block_id.hex(),
            "state_root": manifest.state_root.hex(),
            "state_digest": manifest.state_digest.hex(),
            "rows": manifest.row_count,
            "attested_by": list(verdict.attested_by),
            "proven": verdict.is_proven,
            "proof": verdict.words,
        }

    def demand_proof(self) -> None:
        """Raises NotTrusted."""
        if not self._verdict.is_proven:
            raise self._verdict.not_trusted(self._reader.path)

    def restore(self, progress: Callable[[int], None]) -> dict[str, Any]:
        """Make the data directory, and settings for it where there are none. Raises StorageError, or Failure for settings that do not fit."""
        from node.snapshot.restoring import restore_snapshot

        loaded, data_dir = self._loaded, self._loaded.data_dir
        if loaded.file.exists() and loaded.history_enabled:
            raise Failure(
                f"{loaded.file} asks for histories, and a snapshot holds none.",
                "Write `enabled = false` into its section [history].",
            )
        restore_snapshot(self._reader, self._judge, data_dir, progress)
        if not loaded.file.exists():
            write_config(self._settings | {"history_enabled": False})
        checkpoint = self._verdict.checkpoint
        return {
            "data_dir": str(data_dir),
            "head": checkpoint.num,
            "head_block_id": checkpoint.block_id.hex(),
            "state_digest": checkpoint.state_digest.hex(),
            "next": f"skald node start --data-dir {data_dir}",
        }
