"""The wallet file: nothing of it changes unseen, nothing of it is lost (reliability B6)."""

import multiprocessing
import os
import resource
import stat
import struct
import time
from pathlib import Path

import pytest

from chain.keys import PrivateKey, Scheme
from cli import keystore
from cli.keystore import (
    CHEAPEST,
    HEADER_BYTES,
    MEMORY_KIB_MAX,
    PASSES_MAX,
    DamagedWallet,
    NoWallet,
    UnsafeWallet,
    Wallet,
    WalletExists,
    WalletFailure,
    WrongPassword,
    edit_wallet,
)

PASSWORD = "four plain words here"
ALICE = PrivateKey.from_seed("alice")
BOB = PrivateKey.from_seed("bob", Scheme.ED25519)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A wallet with two keys."""
    file = tmp_path / "private" / "wallet"
    wallet = Wallet.create(file, PASSWORD, CHEAPEST)
    wallet.add(ALICE, "posting")
    wallet.add(BOB)
    wallet.save()
    return file


class TestContent:
    def test_keys_of_both_schemes_come_back(self, path):
        wallet = Wallet.open(path, PASSWORD)
        assert wallet.find(ALICE.public_key) == ALICE
        assert wallet.find(BOB.public_key) == BOB
        assert wallet.find(PrivateKey.generate().public_key) is None
        assert [(entry.key.text, entry.label) for entry in wallet.entries.values()] == [
            (ALICE.text, "posting"),
            (BOB.text, ""),
        ]

    def test_a_removed_key_is_gone_from_the_file(self, path):
        with edit_wallet(path, PASSWORD) as wallet:
            assert wallet.remove(ALICE.public_key)
            assert not wallet.remove(ALICE.public_key)
        assert list(Wallet.open(path, PASSWORD).entries) == [BOB.public_key]
        assert [file.name for file in path.parent.iterdir() if file.suffix != ".lock"] == ["wallet"]

    def test_a_key_is_held_once(self, path):
        with edit_wallet(path, PASSWORD) as wallet:
            assert not wallet.add(ALICE)
            assert wallet.entries[ALICE.public_key].label == "posting"
            assert not wallet.add(ALICE, "new name")
        assert Wallet.open(path, PASSWORD).entries[ALICE.public_key].label == "new name"

    def test_a_new_password_shuts_out_the_old_one(self, path):
        with edit_wallet(path, PASSWORD) as wallet:
            wallet.change_password("another password", CHEAPEST)
        with pytest.raises(WrongPassword):
            Wallet.open(path, PASSWORD)
        assert len(Wallet.open(path, "another password").entries) == 2

    def test_a_password_is_its_letters_however_they_are_composed(self, tmp_path):
        Wallet.create(tmp_path / "w", "caf\u00e9 au lait", CHEAPEST)
        Wallet.open(tmp_path / "w", "cafe\u0301 au lait")

    def test_nothing_is_saved_where_a_change_fails(self, path):
        before = path.read_bytes()

        def change_and_fail() -> None:
            with edit_wallet(path, PASSWORD) as wallet:
                wallet.remove(ALICE.public_key)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change_and_fail()
        assert path.read_bytes() == before

    def test_no_two_saves_are_sealed_alike(self, path):
        wallet = Wallet.open(path, PASSWORD)
        seen = set()
        for _ in range(5):
            wallet.save()
            seen.add(path.read_bytes()[HEADER_BYTES - 24 :])
        assert len(seen) == 5

    def test_nothing_shows_a_secret(self, path):
        wallet = Wallet.open(path, PASSWORD)
        shown = repr(wallet) + repr(wallet.entries) + str(path.read_bytes())
        assert ALICE.text not in shown
        assert BOB.text not in shown
        assert ALICE._secret not in path.read_bytes()
        assert wallet._file_key.hex() not in shown


class TestDamage:
    def test_invalid_every_byte_of_the_file_counts(self, path):
        """The head, the costs, the salt, the nonce, the keys and the seal: each single byte, changed, is refused."""
        good = path.read_bytes()
        for pos in range(len(good)):
            for change in (0x01, 0x80):
                data = bytearray(good)
                data[pos] ^= change
                passes, memory_kib = struct.unpack_from("<II", data, 10)
                if passes * memory_kib > 10_000 and 1 <= passes <= PASSES_MAX and memory_kib <= MEMORY_KIB_MAX:
                    continue  # allowed, wrong and slow; such a one is tried below
                path.write_bytes(bytes(data))
                with pytest.raises((DamagedWallet, WrongPassword)):
                    Wallet.open(path, PASSWORD)
        path.write_bytes(good)
        assert len(Wallet.open(path, PASSWORD).entries) == 2

    def test_invalid_other_costs_in_the_header(self, path):
        good = path.read_bytes()
        for passes, memory_kib in ((2, 8), (1, 9), (1, 1024)):
            path.write_bytes(good[:10] + struct.pack("<II", passes, memory_kib) + good[18:])
            with pytest.raises(WrongPassword):
                Wallet.open(path, PASSWORD)

    def test_invalid_every_shorter_and_a_longer_file(self, path):
        good = path.read_bytes()
        for size in range(0, len(good), 7):
            path.write_bytes(good[:size])
            with pytest.raises((DamagedWallet, WrongPassword)):
                Wallet.open(path, PASSWORD)
        path.write_bytes(good + b"\0")
        with pytest.raises(WrongPassword):
            Wallet.open(path, PASSWORD)

    @pytest.mark.parametrize(
        ("passes", "memory_kib"),
        [(2**32 - 1, 8), (1, 2**32 - 1), (PASSES_MAX + 1, 8), (1, MEMORY_KIB_MAX + 1), (0, 8), (1, 0), (1, 7)],
    )
    def test_invalid_costs_are_refused_before_they_are_paid(self, path, monkeypatch, passes, memory_kib):
        monkeypatch.setattr(keystore, "_file_key", lambda *_: pytest.fail("the price was paid"))
        good = path.read_bytes()
        path.write_bytes(good[:10] + struct.pack("<II", passes, memory_kib) + good[18:])
        with pytest.raises(DamagedWallet, match="absurd"):
            Wallet.open(path, PASSWORD)

    def test_invalid_version(self, path):
        good = path.read_bytes()
        path.write_bytes(good[:8] + b"\x02" + good[9:])
        with pytest.raises(DamagedWallet, match=r"version 2\.1"):
            Wallet.open(path, PASSWORD)

    @pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "x"])
    def test_invalid_password(self, path, password):
        with pytest.raises(WrongPassword):
            Wallet.open(path, password)

    def test_two_wallets_do_not_mix(self, path, tmp_path):
        """The same password, the head of one and the body of another."""
        Wallet.create(tmp_path / "other", PASSWORD, CHEAPEST)
        mine, other = path.read_bytes(), (tmp_path / "other").read_bytes()
        for border in (8, 18, 34, HEADER_BYTES):
            path.write_bytes(mine[:border] + other[border:])
            if path.read_bytes() != other:
                with pytest.raises(WrongPassword):
                    Wallet.open(path, PASSWORD)


class TestFile:
    def test_only_its_owner_may_read_it(self, path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
    def test_invalid_mode(self, path, mode):
        path.chmod(mode)
        with pytest.raises(UnsafeWallet, match="Others may read"):
            Wallet.open(path, PASSWORD)

    def test_invalid_folder_that_others_write(self, tmp_path):
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared").chmod(0o777)
        with pytest.raises(UnsafeWallet, match="Others may write"):
            Wallet.create(tmp_path / "shared" / "wallet", PASSWORD, CHEAPEST)

    def test_invalid_link(self, path, tmp_path):
        link = tmp_path / "link"
        link.symlink_to(path)
        with pytest.raises(UnsafeWallet):
            Wallet.open(link, PASSWORD)
        with pytest.raises(WalletExists):
            Wallet.create(link, PASSWORD, CHEAPEST)

    def test_invalid_file_that_is_none(self, tmp_path):
        with pytest.raises(NoWallet):
            Wallet.open(tmp_path / "nothing", PASSWORD)
        with pytest.raises(NoWallet), edit_wallet(tmp_path / "no folder" / "wallet", PASSWORD):
            pass
        os.mkfifo(tmp_path / "pipe", 0o600)
        for place in (tmp_path, tmp_path / "pipe"):
            with pytest.raises(DamagedWallet, match="is not a wallet"):
                Wallet.open(place, PASSWORD)

    def test_a_wallet_is_never_overwritten_by_a_new_one(self, path):
        with pytest.raises(WalletExists):
            Wallet.create(path, PASSWORD, CHEAPEST)
        assert len(Wallet.open(path, PASSWORD).entries) == 2

    @pytest.mark.parametrize("step", ["os.open", "os.fsync", "_unseal", "Path.replace"])
    def test_a_failure_at_any_step_of_saving_leaves_the_old_wallet(self, path, monkeypatch, step):
        wallet = Wallet.open(path, PASSWORD)
        wallet.remove(ALICE.public_key)
        before = path.read_bytes()

        def fail(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        owner, _, name = step.rpartition(".")
        target = {"os": os, "Path": Path, "": keystore}[owner]
        with monkeypatch.context() as patched:
            patched.setattr(target, name, fail)
            with pytest.raises((OSError, WalletFailure)):
                wallet.save()
        assert path.read_bytes() == before
        assert [file.name for file in path.parent.iterdir() if file.suffix != ".lock"] == ["wallet"]
        wallet.save()
        assert ALICE.public_key not in Wallet.open(path, PASSWORD).entries

    def test_keys_imported_by_many_programs_at_once_are_all_kept(self, path):
        context = multiprocessing.get_context("fork")
        programs = [context.Process(target=_import_five, args=(path, number)) for number in range(4)]
        for program in programs:
            program.start()
        for program in programs:
            program.join(30)
            assert program.exitcode == 0
        assert len(Wallet.open(path, PASSWORD).entries) == 2 + 4 * 5

    def test_killed_while_saving_the_wallet_still_opens(self, path):
        context = multiprocessing.get_context("fork")
        for number in range(20):
            program = context.Process(target=_save_for_ever, args=(path,))
            program.start()
            program.join(0.005 * (number % 7))
            program.kill()
            program.join()
            assert len(Wallet.open(path, PASSWORD).entries) == 2

    def test_no_core_is_dumped_once_a_wallet_is_open(self, path):
        Wallet.open(path, PASSWORD)
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0

    def test_the_usual_cost_is_argon2ids_moderate_one(self, tmp_path):
        started = time.perf_counter()
        Wallet.create(tmp_path / "w", PASSWORD)
        passes, memory_kib = struct.unpack_from("<II", (tmp_path / "w").read_bytes(), 10)
        assert (passes, memory_kib) == (3, 256 * 1024)
        assert time.perf_counter() - started > 0.1


def _import_five(path: Path, number: int) -> None:
    for index in range(5):
        with edit_wallet(path, PASSWORD) as wallet:
            wallet.add(PrivateKey.from_seed(f"key {number} {index}"))


def _save_for_ever(path: Path) -> None:
    wallet = Wallet.open(path, PASSWORD)
    while True:
        wallet.save()
