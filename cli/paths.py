"""Where the command line keeps things: the wallet, the data of the local devnet, and which nodes of this person run now.

`SKALD_HOME` names one folder for all of it; without it the folders are those the operating system has for such files.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

KEY_FILE_NAME = "devnet-keys.json"


def home() -> Path:
    chosen = os.environ.get("SKALD_HOME")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("skald")


def default_devnet_dir(*, hive_compatible: bool = False) -> Path:
    return home() / ("hive-devnet" if hive_compatible else "devnet")


def default_node_dir() -> Path:
    return home() / "node"


def _running_node_file(url: str) -> Path:
    """One file a node: several start and stop at the same time."""
    address = urlsplit(url if "://" in url else f"http://{url}").netloc.replace("localhost", "127.0.0.1")
    return home() / "running-nodes" / re.sub(r"[^\w.-]", "_", address)


def note_running_node(url: str, data_dir: Path | None) -> None:
    """Remember which data directory the node at `url` has, or forget it.

    So another terminal finds the keys of a devnet, and the cookie of its operator's socket.
    """
    file = _running_node_file(url)
    with suppress(OSError):  # a convenience: nodes run without it, options of the commands then name the files
        if data_dir is None:
            file.unlink(missing_ok=True)
        else:
            write_private(file, f"{data_dir.resolve()}\n")


def devnet_dir(url: str) -> Path | None:
    """The data directory of the node that listens at `url`, where this person started it on this machine."""
    try:
        return Path(_running_node_file(url).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


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
