"""A devnet's data directory: its key files, and what its preset says about its accounts.

    <data dir>/devnet-keys.json   every account's keys by role, mode 0600; `account create` adds to it
    <data dir>/devnet.json        which devnet it is (cli.devnet_identity)
    <data dir>/witness-keys       the witnesses' signing keys, one a line, mode 0600; the node reads it

All these keys can be computed from the genesis file by anybody: they guard nothing but play money.
"""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from chain.asset import HBD, HIVE, Asset
from chain.keys import PrivateKey, public_key_text
from chain.presets import Genesis, GenesisAccount
from cli.devnet_identity import IDENTITY_NAME
from cli.keyring import ROLES, describe_keys
from cli.output import Failure
from cli.paths import KEY_FILE_NAME, write_private

WITNESS_KEYS_NAME = "witness-keys"
CHAIN_FILE_NAMES = ("FORMAT", "HEAD", "SIGNED", "PEERS", "node-key", "clock.json", "running.json", "operator-cookie")
OWN_FILE_NAMES = (WITNESS_KEYS_NAME, IDENTITY_NAME, KEY_FILE_NAME)
"""All files of a devnet beside its database, the folder `state`; the file by which one is known comes last."""
TEST_SEED = "init_key"  # protocol.md §3.4: the first witness of every test chain has this key


def account_keys(genesis: Genesis, account: GenesisAccount) -> dict[str, PrivateKey]:
    """The keys of an account by role; empty where nobody has one."""
    held = {role: getattr(account, role).keys for role in ("owner", "active", "posting")} | {
        "memo": (account.memo_key,)
    }
    password = genesis.login_password or ""
    keys = {}
    for role in ROLES:
        for key in (PrivateKey.from_login(account.name, role, password), PrivateKey.from_seed(TEST_SEED)):
            if key.public_key in held[role]:
                keys[role] = key
                break
    return keys


def witness_keys(genesis: Genesis) -> dict[str, PrivateKey]:
    """The signing keys of the first witnesses by name."""
    password = genesis.login_password or ""
    keys = {}
    for witness in genesis.witnesses:
        for key in (PrivateKey.from_login(witness.name, "witness", password), PrivateKey.from_seed(TEST_SEED)):
            if key.public_key == witness.signing_key:
                keys[witness.name] = key
                break
    return keys


def write_key_files(data_dir: Path, genesis: Genesis) -> Path:
    """Write both key files unless they are there; returns the accounts' one."""
    prefix = genesis.params.dialect.address_prefix
    path = data_dir / KEY_FILE_NAME
    if not path.exists():
        accounts = {
            account.name: describe_keys(keys, prefix)
            for account in genesis.accounts
            if (keys := account_keys(genesis, account))
        }
        about = "Keys of a devnet. Anybody can compute them: they guard play money only."
        write_private(path, json.dumps({"about": about, "accounts": accounts}, indent=2) + "\n")
    lines = [
        f"{key.text}  # {name} {public_key_text(key.public_key, prefix)}" for name, key in witness_keys(genesis).items()
    ]
    write_private(data_dir / WITNESS_KEYS_NAME, "\n".join(lines) + "\n")
    return path


def read_accounts(data_dir: Path) -> dict[str, Any]:
    """Accounts and their keys, from the key file. Raises Failure where there is no devnet."""
    try:
        accounts: dict[str, Any] = json.loads((data_dir / KEY_FILE_NAME).read_text(encoding="utf-8"))["accounts"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(
            f"There is no devnet in {data_dir}.", "`skald devnet` makes one; --data-dir says where."
        ) from error
    return accounts


def first_balances(genesis: Genesis) -> dict[str, dict[str, str]]:
    """What each account owns at the beginning, as texts."""
    dialect = genesis.params.dialect
    return {
        account.name: {
            "hive": Asset(account.hive, HIVE).text(dialect),
            "hbd": Asset(account.hbd, HBD).text(dialect),
            "power": Asset(account.vesting_hive, HIVE).text(dialect),
        }
        for account in genesis.accounts
    }


def running_url(data_dir: Path) -> str | None:
    """Where the devnet of a data directory answers, if it runs; empty where it runs and does not say."""
    if not is_in_use(data_dir):
        return None
    try:
        return str(json.loads((data_dir / "running.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def is_in_use(data_dir: Path) -> bool:
    """Whether a process holds the lock of the database. Not to be asked by that process itself: it would lose the lock."""
    try:
        import fcntl
    except ImportError:  # Windows refuses to delete open files anyway
        return False
    try:
        descriptor = os.open(data_dir / "state" / "LOCK", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove_devnet(data_dir: Path) -> None:
    """Delete a devnet, and nothing that is not of it. Raises Failure where the directory does not look like one."""
    if not data_dir.exists():
        return
    if not (data_dir / KEY_FILE_NAME).exists():
        raise Failure(
            f"{data_dir} holds something else than a devnet.",
            "It stays as it is. Choose another --data-dir, or empty it yourself.",
        )
    remove_chain(data_dir)
    _remove_files(data_dir, OWN_FILE_NAMES)
    with suppress(OSError):  # there is more in it, which is not ours
        data_dir.rmdir()


def remove_chain(data_dir: Path) -> None:
    """Delete the chain, and leave what says which devnet it is and whose keys it has."""
    shutil.rmtree(data_dir / "state", ignore_errors=True)
    _remove_files(data_dir, CHAIN_FILE_NAMES)


def _remove_files(data_dir: Path, names: Iterable[str]) -> None:
    for name in names:
        (data_dir / name).unlink(missing_ok=True)
        (data_dir / f"{name}.new").unlink(missing_ok=True)
