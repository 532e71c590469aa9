"""A producing node to be measured: `python -m tests.benchmarks.broadcast_server FOLDER`, over a chain with people and posts, history on.

Prints its port and what clients need as a line of JSON, and runs until it is ended.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from chain.leveldb import LevelDbBackend, create_data_directory
from chain.presets import Genesis, genesis_file, read_genesis
from node.config import Config
from node.runner import run
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.request_server import ACCOUNTS, POSTS

WEEK_SECONDS = 604_800
PATIENCE_SECONDS = 600
RULES = {
    "cashout_delay_seconds": WEEK_SECONDS,  # nothing is paid while we measure
    "root_post_interval_seconds": 0,
    "maximum_block_size_bytes_default": 2_097_152,
}


def write_genesis(path: Path) -> Genesis:
    """A devnet of today by these rules, as a file that a node reads."""
    devnet: dict[str, Any] = json.loads(genesis_file())["chains"]["devnet"]
    devnet["genesis_time"] = int(time.time()) // 3 * 3 - 60
    devnet["parameters"] |= RULES
    path.write_text(json.dumps({"format": 1, "chains": {"devnet": devnet}}), encoding="utf-8")
    return read_genesis(path.read_text(encoding="utf-8"))


def settle(folder: Path) -> Config:
    """The data directory of a node with a crowd in it, and its settings."""
    folder.mkdir()
    genesis = write_genesis(folder / "genesis.json")
    chain_id = genesis.params.chain_id
    create_data_directory(folder / "data", chain_id)
    backend = LevelDbBackend(folder / "data", chain_id)
    crowd = Crowd(backend, accounts=ACCOUNTS, posts=POSTS, with_history=True, genesis=genesis)
    crowd.chain.close()
    keys_file = folder / "keys"
    keys_file.touch(mode=0o600)
    keys_file.write_text("\n".join(key.text for key in crowd.witness_keys.values()) + "\n", encoding="utf-8")
    return Config(
        data_dir=folder / "data",
        chain_genesis_file=folder / "genesis.json",
        witness_names=tuple(crowd.witness_keys),
        witness_keys_file=keys_file,
        witness_stale_production=True,
        rpc_port=0,
        rpc_keep_alive_seconds=PATIENCE_SECONDS,
        rpc_head_seconds=PATIENCE_SECONDS,
        operator_enabled=False,
        log_level="warning",
    )


def main(folder: str) -> None:
    config = settle(Path(folder))
    chain_id = read_genesis((Path(folder) / "genesis.json").read_text(encoding="utf-8")).params.chain_id.hex()

    def tell(url: str) -> None:
        print(json.dumps({"port": int(url.rpartition(":")[2]), "chain_id": chain_id}), flush=True)

    uvloop.run(run(config, tell))


if __name__ == "__main__":
    main(sys.argv[1])
