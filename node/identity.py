"""Who a node is to others: a key of its own, and the first state of its chain."""

import os
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Final

from chain.chain import Chain
from chain.errors import InvalidInput
from chain.keys import PrivateKey, Scheme
from chain.memory import MemoryBackend
from chain.params import Params
from chain.presets import Genesis
from node.key_files import UnsafeKeyFile, read_key_lines

NODE_KEY_NAME: Final = "node-key"


def node_identity(data_dir: Path) -> PrivateKey:
    """The node's key, made at its first start. It serves the handshake with other nodes alone, and guards no money.

    Raises UnsafeKeyFile for a file that others may read, or that holds no such key.
    """
    path = data_dir / NODE_KEY_NAME
    with suppress(FileExistsError):
        _write_new(path, f"{PrivateKey.generate(Scheme.ED25519).text}  # whoever has it can pose as this node\n")
    lines = read_key_lines(path)
    try:
        (line,) = lines
        key = PrivateKey.parse(line)
    except (ValueError, InvalidInput):
        key = None
    if key is None or key.scheme is not Scheme.ED25519:
        raise UnsafeKeyFile(path=path, reason="is not one ed25519 key; remove it, and the node makes itself another")
    return key


def _write_new(path: Path, text: str) -> None:
    """Whole or not at all, for its owner only. Raises FileExistsError, and leaves what is there."""
    if path.exists():
        raise FileExistsError(path)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def genesis_id(origin: Genesis) -> bytes:
    """32 bytes that two nodes share if they begin with the same state under the same numbers.

    A chain id may be given by hand, and then says nothing of either. Parameters count where they are not mainnet's, so that a later
    version, which knows more of them, comes to the same.
    """
    usual, params = Params(), origin.params
    names = sorted(field.name for field in fields(Params))
    special = [(name, getattr(params, name)) for name in names if getattr(params, name) != getattr(usual, name)]
    first_state = Chain(MemoryBackend(), origin, with_history=False).digest
    return sha256(b"skald first state\0" + first_state + repr(special).encode()).digest()
