"""The wallet: private keys in one encrypted file.

    "SKALDWAL" ‖ version u8 ‖ kdf u8 ‖ passes u32 ‖ memory_kib u32 ‖ salt[16] ‖ nonce[24] ‖ sealed

A password becomes a key by Argon2id; everything behind the nonce is JSON sealed with XChaCha20-Poly1305, and all that stands before
it is sealed along (a plain secretbox could not do that), so that no bit of the file can change unseen. Costs are bounded before any
memory is taken: a hostile file cannot make the reader swallow the machine.

The wallet is locked at all times: a command that needs a key asks for the password, or reads it from a file or descriptor
(`--password-file /dev/fd/3`), and forgets it when it ends. There is no unlocked session, since every place one could be kept (a
file, an environment variable, a socket) is open to any program of the same user, and outlives its purpose. Programs that sign
often take a key file of their own with one posting key in it.

A save writes a new file beside the old one, reads it back, and replaces the old one in one step; there is always one whole wallet.
No copy is kept: it would preserve removed keys and old passwords.
"""

import contextlib
import json
import os
import secrets
import stat
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from chain.errors import InvalidInput
from chain.keys import PrivateKey
from cli.output import Failure
from cli.paths import home

MAGIC = b"SKALDWAL"
VERSION = 1
ARGON2ID = 1
SALT_BYTES = 16
NONCE_BYTES = 24
SEAL_BYTES = 16
HEAD = struct.Struct("<8sBBII")  # magic, version, kdf, passes, memory in KiB
HEADER_BYTES = HEAD.size + SALT_BYTES + NONCE_BYTES
PASSES_MAX = 10
MEMORY_KIB_MAX = 2 * 1024 * 1024  # 2 GiB
FILE_BYTES_MAX = 16 * 1024 * 1024
PASSWORD_LETTERS_MIN = 8


class Cost(NamedTuple):
    """What one guess of the password costs: Argon2id passes over so much memory."""

    passes: int
    memory_kib: int


MODERATE = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE >> 10)  # 256 MiB, a second or two
SENSITIVE = Cost(argon2id.OPSLIMIT_SENSITIVE, argon2id.MEMLIMIT_SENSITIVE >> 10)  # 1 GiB, some ten seconds
INTERACTIVE = Cost(argon2id.OPSLIMIT_INTERACTIVE, argon2id.MEMLIMIT_INTERACTIVE >> 10)  # 64 MiB, a tenth of a second
CHEAPEST = Cost(1, 8)  # protects nothing; for tests


class WalletFailure(Failure):
    code: ClassVar[str] = "wallet_failure"


class NoWallet(WalletFailure):
    code = "no_wallet"


class WalletExists(WalletFailure):
    code = "wallet_exists"


class DamagedWallet(WalletFailure):
    """The file cannot be a wallet of this program, whatever the password."""

    code = "damaged_wallet"


class WrongPassword(WalletFailure):
    """The seal does not open: another password, or a changed file. The two cannot be told apart."""

    code = "wrong_password"


class UnsafeWallet(WalletFailure):
    """Others on this machine may read or replace the file."""

    code = "unsafe_wallet"


class Entry(NamedTuple):
    """A private key and what its owner calls it."""

    key: PrivateKey
    label: str


class Wallet:
    """An open wallet. Changes reach the file by `save`."""

    def __init__(self, path: Path, file_key: bytes, cost: Cost, salt: bytes, entries: dict[bytes, Entry]) -> None:
        self.path = path
        self._file_key = file_key
        self._cost = cost
        self._salt = salt
        self._entries = entries

    @classmethod
    def create(cls, path: Path, password: str, cost: Cost = MODERATE) -> "Wallet":
        """A new, empty wallet file. Raises WalletExists; never overwrites."""
        if path.exists() or path.is_symlink():
            raise WalletExists(f"There is a wallet at {path} already.", "Use it, or name another file.")
        _make_folder(path.parent)
        salt = secrets.token_bytes(SALT_BYTES)
        wallet = cls(path, _file_key(password, cost, salt), cost, salt, {})
        wallet.save()
        return wallet

    @classmethod
    def open(cls, path: Path, password: str) -> "Wallet":
        """Raises NoWallet, UnsafeWallet, DamagedWallet or WrongPassword."""
        data = _read_private(path)
        cost, salt = _read_header(path, data)
        file_key = _file_key(password, cost, salt)
        return cls(path, file_key, cost, salt, _unseal(path, data, file_key))

    @property
    def entries(self) -> dict[bytes, Entry]:
        """By raw public key, in the order of their import. A copy."""
        return dict(self._entries)

    def find(self, public_key: bytes) -> PrivateKey | None:
        entry = self._entries.get(public_key)
        return entry.key if entry else None

    def add(self, key: PrivateKey, label: str = "") -> bool:
        """False where the key is here already; a new label then replaces the old one."""
        is_new = key.public_key not in self._entries
        if is_new or label:
            self._entries[key.public_key] = Entry(key, label)
        return is_new

    def remove(self, public_key: bytes) -> bool:
        return self._entries.pop(public_key, None) is not None

    def change_password(self, password: str, cost: Cost = MODERATE) -> None:
        self._cost = cost
        self._salt = secrets.token_bytes(SALT_BYTES)
        self._file_key = _file_key(password, cost, self._salt)

    def save(self) -> None:
        """Replace the file in one step by one that was read back; a crash at any moment leaves a whole wallet."""
        rows = [[entry.key.text, entry.label] for entry in self._entries.values()]
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = HEAD.pack(MAGIC, VERSION, ARGON2ID, *self._cost) + self._salt + nonce
        plain = json.dumps({"keys": rows}).encode()
        data = header + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, header, nonce, self._file_key)
        draft = self.path.with_name(self.path.name + ".new")  # the next save replaces what a killed one left
        try:
            _write_new(draft, data)
            _unseal(
                draft, _read_private(draft), self._file_key
            )  # a bad write is noticed while the old file still stands
            draft.replace(self.path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(self.path.parent)

    def __repr__(self) -> str:
        return f"<wallet {self.path} with {len(self._entries)} keys>"


def default_wallet_file() -> Path:
    return home() / "wallet"


@contextlib.contextmanager
def edit_wallet(path: Path, password: str) -> Iterator[Wallet]:
    """Open, change and save a wallet while no other program does; nothing is saved where the body raises."""
    with _alone(path):
        wallet = Wallet.open(path, password)
        yield wallet
        wallet.save()


# --- the seal ----------------------------------------------------------------------------------------------------------


def _file_key(password: str, cost: Cost, salt: bytes) -> bytes:
    """The same letters typed on any keyboard give the same key: Unicode's composed form counts."""
    forbid_core_dumps()
    letters = unicodedata.normalize("NFC", password).encode()
    return argon2id.kdf(32, letters, salt, cost.passes, cost.memory_kib << 10)


def _read_header(path: Path, data: bytes) -> tuple[Cost, bytes]:
    if len(data) < HEADER_BYTES + SEAL_BYTES or not data.startswith(MAGIC):
        raise DamagedWallet(f"{path} is not a wallet.", "Restore it from a backup, or name another file.")
    _, version, kdf, passes, memory_kib = HEAD.unpack_from(data)
    if version != VERSION or kdf != ARGON2ID:
        raise DamagedWallet(
            f"{path} is a wallet of version {version}.{kdf}.", "Install a newer version of this program."
        )
    if not 1 <= passes <= PASSES_MAX or not CHEAPEST.memory_kib <= memory_kib <= MEMORY_KIB_MAX:
        raise DamagedWallet(f"{path} asks for absurd work to open it.", "Restore it from a backup.")
    return Cost(passes, memory_kib), data[HEAD.size : HEAD.size + SALT_BYTES]


def _unseal(path: Path, data: bytes, file_key: bytes) -> dict[bytes, Entry]:
    header, nonce = data[:HEADER_BYTES], data[HEADER_BYTES - NONCE_BYTES : HEADER_BYTES]
    try:
        plain = crypto_aead_xchacha20poly1305_ietf_decrypt(data[HEADER_BYTES:], header, nonce, file_key)
    except CryptoError:
        raise WrongPassword(f"{path} does not open.", "The password is another one, or the file is damaged.") from None
    entries: dict[bytes, Entry] = {}
    try:
        for text, label in json.loads(plain)["keys"]:
            key = PrivateKey.parse(text)
            entries[key.public_key] = Entry(key, str(label))
    except (ValueError, KeyError, TypeError, InvalidInput):
        raise DamagedWallet(
            f"{path} holds something else than keys.", "Install a newer version of this program."
        ) from None
    return entries


# --- the file ----------------------------------------------------------------------------------------------------------


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        raise UnsafeWallet(f"Others may write to {folder}.", f"chmod 700 {folder}, or name another place.")


def _read_private(path: Path) -> bytes:
    """The file's bytes, refused where it is a link or where anybody else could have read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise NoWallet(f"There is no wallet at {path}.", "`skald wallet create` makes one.") from None
    except OSError as error:
        raise UnsafeWallet(
            f"{path} cannot be opened: {error.strerror}.", "A wallet is a plain file, not a link."
        ) from None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > FILE_BYTES_MAX:
            raise DamagedWallet(f"{path} is not a wallet.", "Name another file.")
        if os.name == "posix" and state.st_mode & 0o077:
            raise UnsafeWallet(f"Others may read {path}.", f"chmod 600 {path}; if they may have, change the password.")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _write_new(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The new name itself must outlive a power cut; systems that cannot sync folders do it unasked."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for other programs that change the same wallet. The lock file stays; it holds nothing."""
    try:
        import fcntl
    except ImportError:  # Windows: the last of two simultaneous changes wins
        yield
        return
    if not path.parent.is_dir():
        raise NoWallet(f"There is no wallet at {path}.", "`skald wallet create` makes one.")
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def forbid_core_dumps() -> None:
    """A crash from here on leaves no image of memory behind, in which keys could be found."""
    try:
        import resource
    except ImportError:  # Windows writes none by default
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
