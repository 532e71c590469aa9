"""Which devnet a data directory holds: its preset and its chain id, kept in `devnet.json` beside the chain.

Two kinds: `devnet`, where weeks are minutes, and `hive-devnet`, which is Hive in all that a program sees. A chain id goes into
everything that is signed, so a Hive-compatible devnet has one that nobody else has: drawn by lot for its directory, kept over
restarts and resets, so that the settings of a program that talks to it stay right. Whoever chooses an id of somebody else's chain is
warned, since then what is signed here counts there.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from chain.params import MAINNET
from chain.presets import HIVED_TESTNET, Genesis, preset
from cli.output import Failure
from cli.paths import KEY_FILE_NAME, write_private

IDENTITY_NAME = "devnet.json"
PLAIN, HIVE_COMPATIBLE = "devnet", "hive-devnet"
CHAINS_OF_OTHERS = {
    MAINNET.chain_id.hex(): "Hive",
    HIVED_TESTNET.chain_id.hex(): "the test networks of hived",
    "00" * 32: "Steem",
}


@dataclass(frozen=True, slots=True)
class Identity:
    preset: str
    chain_id: str = ""  # empty: the preset's own
    fixtures: str = ""  # digest of those that it began with; empty: none

    @property
    def is_hive_compatible(self) -> bool:
        return self.preset == HIVE_COMPATIBLE

    @property
    def genesis(self) -> Genesis:
        return preset(self.preset)

    @property
    def shown_chain_id(self) -> str:
        return self.chain_id or self.genesis.params.chain_id.hex()

    @property
    def warning(self) -> str:
        """What somebody who chose another's chain id must know; empty where nobody else has it."""
        owner = CHAINS_OF_OTHERS.get(self.shown_chain_id)
        if owner is None:
            return ""
        return (
            f"This chain id is that of {owner}: what is signed here is validly signed there too. Use no key here, and no name, that "
            f"owns anything there. The keys of this devnet itself are known to everybody."
        )


def identity_for(data_dir: Path, *, hive_compatible: bool, chain_id: str | None, reset: bool) -> Identity:
    """The devnet that is there, or begins there, as the options wish it. Raises Failure where another one is there."""
    found = read_identity(data_dir)
    kind = HIVE_COMPATIBLE if hive_compatible else found.preset if found else PLAIN
    if found and found.preset == kind:
        if reset or not chain_id or chain_id == found.shown_chain_id:
            return Identity(kind, chain_id or found.chain_id, "" if reset else found.fixtures)
        raise another_devnet(data_dir, f"has the chain id {found.shown_chain_id}")
    if found and not reset:
        raise another_devnet(data_dir, "is not Hive-compatible")
    return Identity(kind, chain_id or (os.urandom(32).hex() if hive_compatible else ""))


def another_devnet(data_dir: Path, reason: str) -> Failure:
    return Failure(
        f"The devnet in {data_dir} {reason}.",
        "Another --data-dir makes another beside it; --reset begins anew, and the chain that is there is lost.",
        code="another_devnet",
    )


def read_identity(data_dir: Path) -> Identity | None:
    """What a directory holds; None where there is no devnet. One without the file is of the plain kind."""
    path = data_dir / IDENTITY_NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Identity(_known_kind(found["preset"]), str(found["chain_id"]), str(found["fixtures"]))
    except FileNotFoundError:
        return Identity(PLAIN) if (data_dir / KEY_FILE_NAME).exists() else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(
            f"{path} is damaged.", "Mend it, or remove the whole folder to begin anew.", code="damaged_directory"
        ) from error


def _known_kind(name: str) -> str:
    if name not in {PLAIN, HIVE_COMPATIBLE}:
        raise ValueError(name)
    return name


def keep_identity(data_dir: Path, identity: Identity) -> None:
    write_private(data_dir / IDENTITY_NAME, json.dumps(asdict(identity), indent=2) + "\n")
