"""Where the command line keeps things: the wallet, the data of the local devnet, and which devnets of this person run now.

`SKALD_HOME` names one folder for all of it; without it the folders are those the operating system has for such files.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

import platformdirs

KEY_FILE_NAME = "devnet-keys.json"


def home() -> Path:
    chosen = os.environ.get("SKALD_HOME")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("skald")


def default_devnet_dir(*, hive_compatible: bool = False) -> Path:
    return home() / ("hive-devnet" if hive_compatible else "devnet")


def default_node_dir() -> Path:
    return home() / "node"


def _running_devnets_file() -> Path:
    return home() / "running-devnets.json"


def _running_devnets() -> dict[str, str]:
    try:
        found = json.loads(_running_devnets_file().read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note_running_devnet(url: str, data_dir: Path | None) -> None:
    """Remember which data directory the devnet at `url` has, or forget it: so its keys are found from another terminal."""
    devnets = _running_devnets()
    if data_dir is None:
        devnets.pop(url, None)
    else:
        devnets[url] = str(data_dir.resolve())
    with suppress(OSError):  # a convenience: the devnet runs without it, --key-file then names the keys
        write_private(_running_devnets_file(), json.dumps(devnets, indent=2) + "\n")


def devnet_dir(url: str) -> Path | None:
    """The data directory of the devnet that listens at `url`, where this person started it on this machine."""
    address = url.rstrip("/").replace("localhost", "127.0.0.1")
    data_dir = _running_devnets().get(address if "://" in address else f"http://{address}")
    return Path(data_dir) if isinstance(data_dir, str) else None


def devnet_key_file(url: str) -> Path | None:
    """The key file of that devnet."""
    data_dir = devnet_dir(url)
    path = data_dir / KEY_FILE_NAME if data_dir else None
    return path if path is not None and path.exists() else None


def devnet_accounts(url: str) -> list[str]:
    """The accounts whose keys that devnet has; none where there is no devnet."""
    path = devnet_key_file(url)
    try:
        return list(json.loads(path.read_text())["accounts"]) if path else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
