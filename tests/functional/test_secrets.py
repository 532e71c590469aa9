"""Where secrets are and are not: a node and a wallet at work, and afterwards everything they wrote, said and were started with."""

import os
import subprocess
import threading
from pathlib import Path
from typing import Self

import pytest

from chain.base58 import base58_decode
from chain.keys import PrivateKey
from tests.functional.node_process import NodeProcess
from tests.functional.walkthrough import Shell

pytestmark = pytest.mark.functional

PASSWORD = "correct horse battery staple nine"  # of a wallet that lives for seconds
ROLES = ("posting", "active", "owner")


class Onlooker:
    """Another user of the machine: sees of every process that comes and goes what it was started with."""

    def __init__(self, marker: str) -> None:
        self.marker = marker.encode()
        self.seen: set[bytes] = set()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ends.wait(0.005):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    told = (process / "environ").read_bytes() + b"\0" + (process / "cmdline").read_bytes()
                except OSError:
                    continue
                if self.marker in told:
                    self.seen.add(told)


def forms_of(key: PrivateKey) -> list[bytes]:
    """All ways in which a program of ours might write a secret."""
    secret = base58_decode(key.text, 64)[1:33]
    return [key.text.encode(), secret, secret.hex().encode(), secret.hex().upper().encode()]


def test_a_key_is_nowhere_but_where_it_belongs(tmp_path: Path) -> None:
    keys = [PrivateKey.from_login("alice", role, "skald-devnet") for role in ROLES]
    secrets = [form for key in keys for form in forms_of(key)] + [PASSWORD.encode()]
    node, words = NodeProcess(tmp_path / "chain"), []
    node.start()
    try:
        shell = Shell(tmp_path / "home", f"http://127.0.0.1:{node.port}")
        password, key_file = tmp_path / "password", tmp_path / "keys"
        for path, text in ((password, PASSWORD), (key_file, "\n".join(key.text for key in keys))):
            path.touch(mode=0o600)
            path.write_text(text + "\n")
        wallet = f"--wallet {tmp_path / 'wallet'} --password-file {password}"
        with Onlooker(str(tmp_path)) as onlooker:
            words.append(shell.run(f"skald wallet create {wallet}"))
            words.append(shell.run(f"skald wallet import --from {key_file} {wallet}"))
            words.append(shell.run(f"skald wallet list {wallet} --json"))
            words.append(shell.run(f"skald transfer '1.000 HIVE' bob --from alice --memo tea {wallet} --json"))
            with pytest.raises(AssertionError) as refused:
                shell.run(
                    f"skald transfer '1.000 HIVE' bob --from alice --memo {keys[0].text[:10]}{keys[0].text[10:]} {wallet}"
                )
            words.append(str(refused.value).partition("\n")[2])
    finally:
        node.stop()
    assert any(b"transfer" in told for told in onlooker.seen), "the onlooker saw our commands"
    memo = keys[0].text.encode()  # was typed on purpose, as an argument: what is seen of that command does not count
    for told in onlooker.seen:
        assert memo in told or not any(secret in told for secret in secrets)
    meant_for_keys = {password, key_file, tmp_path / "chain" / "devnet-keys.json"}
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path not in meant_for_keys]
    assert len(files) > 5
    for where, content in [
        ("what was said", "".join(words).encode()),
        *((str(path), path.read_bytes()) for path in files),
    ]:
        assert not any(secret in content for secret in secrets), where
    assert "A private key stands in what you are about to publish" in words[-1]


def test_an_opened_wallet_leaves_no_core_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", "http://127.0.0.1:1")
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    shell.run(f"skald wallet create --wallet {tmp_path / 'wallet'} --password-file {password}")
    shown = subprocess.run(["stat", "-c", "%a", str(tmp_path / "wallet")], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "600"
    assert (tmp_path / "wallet").stat().st_uid == os.getuid()
