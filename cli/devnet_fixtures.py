"""`skald devnet --fixtures`: a chain that begins with people, posts and communities from a file.

They are put on a chain once, when it begins. The devnet remembers by a digest which ones it began with: the same option may be given
at every start.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli import devnet as play
from cli.devnet_identity import Identity, another_devnet, keep_identity
from cli.keyring import add_to_key_file
from cli.launch import FixtureFile, demo_fixtures, has_chain
from cli.output import BadInput, note, progress
from cli.paths import KEY_FILE_NAME

DEMO = "demo"


def choose_fixtures(choice: str, identity: Identity) -> FixtureFile:
    """Those of a file, or the built-in ones. Raises BadInput and InvalidInput, before anything is changed."""
    text = demo_fixtures() if choice == DEMO else _text_of(Path(choice))
    genesis = identity.genesis
    keys = {account.name: found for account in genesis.accounts if (found := play.account_keys(genesis, account))}
    return FixtureFile(text, Path(choice).name, genesis, keys)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadInput(
            f"{path} cannot be read: {reason}.", f"Name a file, or `{DEMO}` for the built-in one."
        ) from error


def check_begun_with(chosen: FixtureFile, identity: Identity, data_dir: Path) -> None:
    """Raises Failure where a chain stands that began with something else."""
    if has_chain(data_dir) and identity.fixtures != chosen.digest:
        raise another_devnet(data_dir, "began without these fixtures")


def begin_with(chosen: FixtureFile, identity: Identity, data_dir: Path, settings: dict[str, Any]) -> None:
    """Put them on the chain, unless it has begun with them. A chain that did not get all of them is deleted."""
    if has_chain(data_dir):
        return
    try:
        chosen.stage(settings, int(time.time()), progress)
    except BaseException:
        play.remove_chain(data_dir)
        raise
    prefix = identity.genesis.params.dialect.address_prefix
    for name, keys in chosen.new_keys.items():
        add_to_key_file(data_dir / KEY_FILE_NAME, name, dict(keys), prefix)
    keep_identity(data_dir, replace(identity, fixtures=chosen.digest))
    note(f"On it are {chosen.summary}.")
