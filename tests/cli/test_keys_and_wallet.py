"""`skald keys` and `skald wallet`."""

import json
import stat

import pytest

from chain.keys import PrivateKey, Scheme, parse_public_key, public_key_text
from cli import keystore
from cli.commands import wallet as wallet_commands
from cli.keystore import CHEAPEST

PASSWORD = "four plain words here"
ALICE = PrivateKey.from_seed("alice")
BOB = PrivateKey.from_seed("bob", Scheme.ED25519)
ALICE_PUBLIC, BOB_PUBLIC = public_key_text(ALICE.public_key), public_key_text(BOB.public_key)


@pytest.fixture
def password_file(tmp_path, monkeypatch):
    monkeypatch.setattr(wallet_commands, "COSTS", dict.fromkeys(wallet_commands.COSTS, CHEAPEST))
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    monkeypatch.setenv("SKALD_WALLET_PASSWORD_FILE", str(file))
    return file


@pytest.fixture
def wallet(skald, password_file, home):
    assert skald("wallet", "create").exit_code == 0
    return home / "wallet"


class TestKeys:
    @pytest.mark.parametrize("key", [ALICE, BOB], ids=["secp256k1", "ed25519"])
    def test_inspect_reads_a_private_key_and_prints_the_public_one(self, answer, key):
        found = answer("keys", "inspect", "-", input=key.text + "\n")
        assert found["public_key"] == public_key_text(key.public_key)
        assert found["scheme"] == key.scheme
        assert key.text not in json.dumps(found)

    def test_inspect_tells_what_a_public_key_is(self, answer):
        assert answer("keys", "inspect", ALICE_PUBLIC, "--prefix", "TST") == {
            "public_key": "TST" + ALICE_PUBLIC[3:],
            "scheme": "secp256k1",
            "raw": ALICE.public_key.hex(),
        }

    def test_invalid_private_key_as_an_argument(self, skald):
        result = skald("keys", "inspect", ALICE.text)
        assert result.exit_code == 2
        assert "history" in result.output
        assert ALICE.text not in result.output

    @pytest.mark.parametrize("typed", ["", "nonsense", ALICE.text[:-1] + "x", BOB.text[:-1] + "x"])
    def test_invalid_key_on_standard_input(self, skald, typed):
        result = skald("keys", "inspect", "-", input=typed + "\n")
        assert result.exit_code in (1, 2)
        assert not typed or typed not in result.output

    @pytest.mark.parametrize("scheme", list(Scheme))
    def test_generate_gives_two_halves_of_one_key(self, answer, scheme):
        made = answer("keys", "generate", "--scheme", scheme.value)
        key = PrivateKey.parse(made["private_key"])
        assert key.scheme is scheme
        assert parse_public_key(made["public_key"]) == key.public_key
        assert answer("keys", "generate", "--scheme", scheme.value) != made

    def test_ed25519_is_made_by_default(self, answer):
        assert answer("keys", "generate")["public_key"].startswith("PUB_ED_")

    def test_derive_gives_the_keys_of_hives_wallets(self, answer, tmp_path):
        password = tmp_path / "master"
        password.write_text("password")
        derived = answer(
            "keys", "derive", "alice", "--password-file", str(password), "--keys-out", str(tmp_path / "keys.json")
        )
        assert derived["active"] == "STM723LH37PwrPx361xFXmfyi2KdQ9MnY9dAheUR4XQMsAAjwVBFU"
        assert "5K" not in json.dumps(derived)
        written = json.loads((tmp_path / "keys.json").read_text())
        assert (
            written["accounts"]["alice"]["active"]["private"] == "5KBfvpmH4jCWvd2p5vSs8hrwoC3qY1uZLVbLD6mf6iny9kjLask"
        )

    def test_derive_makes_a_password_of_256_bits(self, answer):
        made = answer("keys", "derive", "alice", "--new", "--role", "posting", "--show-private")
        assert len(made["master_password"]) >= 44
        key = PrivateKey.from_login("alice", "posting", made["master_password"])
        assert (made["posting_private"], made["posting"]) == (key.text, public_key_text(key.public_key))

    def test_invalid_derive_without_anybody_to_ask(self, skald):
        result = skald("keys", "derive", "alice")
        assert result.exit_code == 2
        assert "--password-file" in result.output


class TestWallet:
    def test_keys_go_in_are_listed_and_leave(self, answer, wallet):
        assert stat.S_IMODE(wallet.stat().st_mode) == 0o600
        assert answer("wallet", "import", "--label", "posting", input=ALICE.text)["imported"] == [ALICE_PUBLIC]
        assert answer("wallet", "import", input=BOB.text)["imported"] == [BOB_PUBLIC]
        assert answer("wallet", "import", input=BOB.text) == {"imported": [], "known_before": 1}
        assert answer("wallet", "list")["keys"] == [
            {"public_key": ALICE_PUBLIC, "scheme": "secp256k1", "label": "posting"},
            {"public_key": BOB_PUBLIC, "scheme": "ed25519", "label": ""},
        ]
        assert answer("wallet", "remove", ALICE_PUBLIC, "--yes") == {"removed": ALICE_PUBLIC}
        assert [row["public_key"] for row in answer("wallet", "list")["keys"]] == [BOB_PUBLIC]

    def test_a_key_file_is_imported_and_exported(self, answer, skald, wallet, tmp_path):
        keys = tmp_path / "keys.txt"
        keys.write_text(f"# mine\n{ALICE.text}\n{BOB.text}\n")
        assert answer("wallet", "import", "--from", str(keys))["imported"] == [ALICE_PUBLIC, BOB_PUBLIC]
        out = tmp_path / "out.txt"
        assert answer("wallet", "export", BOB_PUBLIC, "--to", str(out))["exported"] == [BOB_PUBLIC]
        assert out.read_text() == BOB.text + "\n"
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert skald("wallet", "export", BOB_PUBLIC, "--to", str(out)).exit_code == 2

    def test_text_answers_hold_no_secret(self, skald, wallet):
        shown = [
            skald("wallet", "import", input=ALICE.text),
            skald("wallet", "list"),
            skald("wallet", "remove", ALICE_PUBLIC, "--yes"),
        ]
        assert [result.exit_code for result in shown] == [0, 0, 0]
        assert all(ALICE.text not in result.output and PASSWORD not in result.output for result in shown)
        assert ALICE_PUBLIC in shown[1].output

    def test_the_password_is_changed(self, skald, wallet, tmp_path):
        other = tmp_path / "other"
        other.write_text("another password")
        assert skald("wallet", "password", "--new-password-file", str(other)).exit_code == 0
        refused = skald("wallet", "list", "--json")
        assert refused.exit_code == 1
        assert json.loads(refused.stderr)["error"]["code"] == "wrong_password"
        assert skald("wallet", "list", "--password-file", str(other)).exit_code == 0

    def test_invalid_second_wallet(self, skald, wallet):
        assert skald("wallet", "create").exit_code == 1

    def test_invalid_short_password(self, skald, password_file):
        password_file.write_text("short\n")
        result = skald("wallet", "create")
        assert result.exit_code == 2
        assert "8 letters" in result.output

    def test_invalid_removal_of_an_unknown_key(self, skald, wallet):
        assert skald("wallet", "remove", ALICE_PUBLIC, "--yes").exit_code == 1

    def test_removal_is_asked_for(self, skald, answer, wallet):
        answer("wallet", "import", input=ALICE.text)
        assert skald("wallet", "remove", ALICE_PUBLIC, input="n\n").exit_code == 1
        assert len(answer("wallet", "list")["keys"]) == 1

    def test_invalid_password_without_anybody_to_ask(self, skald, wallet, monkeypatch):
        monkeypatch.delenv("SKALD_WALLET_PASSWORD_FILE")
        result = skald("wallet", "list")
        assert result.exit_code == 2
        assert "--password-file" in result.output

    def test_commands_that_sign_find_the_wallet(self, answer, wallet, password_file):
        from cli.unlock import wallet_access

        answer("wallet", "import", input=ALICE.text)
        access = wallet_access(None, password_file)
        assert access is not None
        assert access.keys() == {ALICE.public_key: ALICE}
        access.keep("alice", {"posting": BOB})
        assert set(access.keys()) == {ALICE.public_key, BOB.public_key}
        assert wallet_access(None, None) is None
        assert keystore.default_wallet_file() == wallet

    def test_keys_of_a_key_file_are_labelled_with_whose_they_are(self, answer, wallet, tmp_path):
        from cli.keyring import add_to_key_file

        keys = add_to_key_file(tmp_path / "keys.json", "alice", {"posting": ALICE, "memo": BOB})
        answer("wallet", "import", "--from", str(keys))
        assert [row["label"] for row in answer("wallet", "list")["keys"]] == ["alice posting", "alice memo"]

    def test_comments_of_a_key_file_are_no_part_of_its_keys(self, answer, wallet, tmp_path):
        keys = tmp_path / "witness-keys"
        keys.write_text(f"{ALICE.text}  # witness-1 {ALICE_PUBLIC}\n")
        assert answer("wallet", "import", "--from", str(keys))["imported"] == [ALICE_PUBLIC]

    def test_invalid_wish_to_unlock_is_answered(self, skald):
        for word in ("lock", "unlock"):
            result = skald("wallet", word)
            assert result.exit_code == 2
            assert "always locked" in result.stderr


def test_no_password_is_asked_for_a_wallet_that_is_not_there(skald):
    for words in (["list"], ["import"], ["password"], ["remove", ALICE_PUBLIC]):
        result = skald("wallet", *words)
        assert result.exit_code == 1
        assert "`skald wallet create` makes one." in result.stderr


def test_a_locked_wallet_is_named_where_no_key_fits(skald, node, home, tmp_path):
    from tests.cli.people import account_row, accounts_answer

    password = tmp_path / "password"
    password.write_text("a long password")
    assert skald("wallet", "create", "--cost", "interactive", "--password-file", str(password)).exit_code == 0
    node.answers["condenser_api.get_accounts"] = accounts_answer(account_row("alice"))
    result = skald("vote", "bob/hello", "--voter", "alice", node=node)
    assert result.exit_code == 5
    assert f"Your wallet {home / 'wallet'} was not opened" in result.stderr
    assert "--password-file" in result.stderr


def test_a_new_key_may_go_to_a_file_unseen(answer, skald, tmp_path):
    file = tmp_path / "key"
    made = answer("keys", "generate", "--keys-out", str(file))
    assert "private_key" not in made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text().split()[0]
    assert answer("keys", "inspect", "-", input=secret)["public_key"] == made["public_key"]
    assert skald("keys", "generate", "--keys-out", str(file)).exit_code == 2


@pytest.mark.parametrize(
    "secret",
    [ALICE.text, BOB.text, "P4xUEgcviVpbSMDoQA1vHrRfic1JkGmaSXWjXEyHzuRUR", "P" + ALICE.text],
    ids=["wif", "ed25519", "master password", "master password of a key"],
)
@pytest.mark.parametrize("words", [["keys", "inspect"], ["witness", "register", "bob", "--signing-key"]])
def test_invalid_secret_in_a_command_is_not_repeated(skald, secret, words):
    result = skald(*words, secret)
    assert result.exit_code == 2
    assert "history" in result.stderr
    assert secret not in result.output
