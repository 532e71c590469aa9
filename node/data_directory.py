"""What a node keeps on disk, and how a chain is opened from it.

<data directory>/
    config.toml            settings (node.config)
    FORMAT  HEAD  state/   the chain (chain.leveldb)
    SIGNED                 what our witnesses have signed last (node.sign_state)
    node-key               who the node is to other nodes (node.identity)
    PEERS                  addresses of other nodes (node.p2p.peers)
    clock.json             a devnet's clock: how far it is ahead of the machine's
    operator-cookie        what opens the operator's socket (node.rpc.operator); made anew at each start
    running.json           process id and addresses of the node that runs here; gone when it has stopped
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from chain.block import NO_BLOCK_ID
from chain.chain import Chain
from chain.directory import is_unborn, unchanged_if_refused
from chain.errors import ChainError, InvalidInput, StorageError
from chain.keys import PrivateKey
from chain.leveldb import LevelDbBackend, create_data_directory
from chain.presets import Genesis, preset, read_genesis
from chain.store import Backend, Store
from node.config import Config
from node.key_files import UnsafeKeyFile, read_key_lines

CLOCK_NAME = "clock.json"
PEERS_NAME = "PEERS"
RUNNING_NAME = "running.json"


class UnreadableGenesis(ChainError):
    code = "unreadable_genesis"
    text = "The genesis file {path} cannot be read: {reason}"


def origin_of(config: Config) -> Genesis:
    """How the chain begins that the settings name. Raises InvalidInput or UnreadableGenesis."""
    path = config.chain_genesis_file
    if path is None:
        origin = preset(config.chain_preset)
    else:
        try:
            origin = read_genesis(path.read_text(encoding="utf-8"), where=str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableGenesis(path=path, reason=error) from None
    if config.chain_id:
        origin = replace(origin, params=replace(origin.params, chain_id=bytes.fromhex(config.chain_id)))
    return origin


def is_play_chain(origin: Genesis) -> bool:
    """All its first keys are public: nobody but its owner takes part, so its time may be his."""
    return origin.login_password is not None


# --- the chain ----------------------------------------------------------------------------------------------------------


def open_chain(
    config: Config,
    origin: Genesis,
    *,
    on_write: Callable[[float], None] | None = None,
    on_failure: Callable[[StorageError], None] = lambda _failure: None,
    is_filled: bool = False,
) -> Chain:
    """The chain in the data directory; a new one where there is none yet.

    `on_write` hears the seconds each commit took, `on_failure` what the disk refuses and where it is damaged, in any thread.
    `is_filled`: much is about to be written at once.
    Raises StorageError with advice; then nothing was changed.
    """
    path, chain_id = config.data_dir, origin.params.chain_id
    if is_unborn(path):
        create_data_directory(path, chain_id)
    with unchanged_if_refused(path):
        backend = LevelDbBackend(path, chain_id, on_failure=on_failure, is_filled=is_filled)
        try:
            bare = Store(backend)
            bare.load()
            backend.check_mark(bare.head.num)
            chain = Chain(
                backend if on_write is None else TimedBackend(backend, on_write),
                origin,
                with_history=config.history_enabled,
                cached_rows_max=config.store_cached_rows_max,
                mark=backend,
                trusted_id=bytes.fromhex(config.chain_trusted_block) or NO_BLOCK_ID,
            )
            backend.check_final_mark(chain.final_num)
        except BaseException:
            backend.close()
            raise
    return chain


class TimedBackend:
    """A backend whose writes are timed, with nothing added to its reads."""

    def __init__(self, backend: Backend, on_write: Callable[[float], None]) -> None:
        self._backend = backend
        self._on_write = on_write
        self.get = backend.get
        self.view = backend.view
        self.close = backend.close

    def scan(self, start: bytes, stop: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        return self._backend.scan(start, stop, reverse=reverse)

    def write(self, puts: Iterable[tuple[bytes, bytes | None]], *, sync: bool) -> None:
        started = perf_counter()
        self._backend.write(puts, sync=sync)
        self._on_write(perf_counter() - started)


# --- witnesses ----------------------------------------------------------------------------------------------------------


def witness_keys(config: Config) -> dict[bytes, PrivateKey]:
    """The signing keys by raw public key. Raises UnsafeKeyFile, which never repeats a line."""
    path = config.witness_keys_file
    if path is None:
        return {}
    keys = {}
    for number, line in enumerate(read_key_lines(path), 1):
        try:
            key = PrivateKey.parse(line)
        except InvalidInput:
            raise UnsafeKeyFile(path=path, reason=f"key {number} of it is not a private key") from None
        keys[key.public_key] = key
    return keys


# --- who runs here --------------------------------------------------------------------------------------------------------


def note_running(data_dir: Path, **found_at: str) -> None:
    """Tell other programs how to reach the node that runs on this directory. The lock is LevelDB's, not this file."""
    draft = data_dir / f"{RUNNING_NAME}.new"
    draft.write_text(json.dumps({"pid": os.getpid(), **found_at}) + "\n", encoding="utf-8")
    draft.replace(data_dir / RUNNING_NAME)


def forget_running(data_dir: Path) -> None:
    with suppress(FileNotFoundError):
        (data_dir / RUNNING_NAME).unlink()
