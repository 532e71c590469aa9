"""Keys of both schemes, their text forms and signatures (protocol.md §3.2, §3.4)."""

import contextlib
import copy
import hashlib
import pickle
import random

import pytest

from chain.keys import (
    NULL_KEY,
    S_BOUND,
    Ed25519PrivateKey,
    InvalidKey,
    InvalidSignature,
    NotCanonical,
    PrivateKey,
    Scheme,
    Secp256k1PrivateKey,
    check_key_point,
    is_canonical,
    is_fc_canonical,
    parse_public_key,
    parse_signature,
    public_key_text,
    scheme_of,
    signature_key,
    signature_text,
)
from tests.helpers import ed25519_math
from tests.helpers.vectors import vectors

DIGEST = hashlib.sha256(b"a transaction").digest()
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BOTH = pytest.mark.parametrize("scheme", list(Scheme))


def key_of(seed: str, scheme: Scheme = Scheme.SECP256K1) -> PrivateKey:
    return PrivateKey.from_seed(seed, scheme)


class TestTextForms:
    @pytest.mark.parametrize("row", vectors("keys.json", "keys"), ids=lambda row: row["public_key"][:12])
    def test_keys_that_the_clients_agree_on(self, row):
        if "raw_public_key" in row:
            raw = bytes.fromhex(row["raw_public_key"])
            assert public_key_text(raw) == row["public_key"]
            assert parse_public_key(row["public_key"]) == raw
        if "wif" in row:
            key = PrivateKey.from_wif(row["wif"])
            assert public_key_text(key.public_key) == row["public_key"]
            assert key.text == row["wif"]
        if "secret" in row:
            assert PrivateKey.from_secret(bytes.fromhex(row["secret"])).text == row["wif"]

    @pytest.mark.parametrize("row", vectors("keys.json", "login_keys"), ids=lambda row: row["role"])
    def test_login_keys(self, row):
        key = PrivateKey.from_login(row["account"], row["role"], row["password"])
        assert public_key_text(key.public_key) == row["public_key"]
        assert key.text == row.get("wif", key.text)

    @pytest.mark.parametrize("prefix", ["STM", "TST", "GPH", "SKALD"])
    def test_any_prefix_is_read_and_the_wanted_one_is_written(self, prefix):
        key = key_of("alice").public_key
        text = public_key_text(key, prefix)
        assert text.startswith(prefix)
        assert parse_public_key(text) == parse_public_key(text, prefix) == key

    def test_a_key_that_is_no_point_is_still_a_text(self):
        """Hive lets such keys stand: accounts were burned with them."""
        for raw in (b"\x05" + bytes(32), b"\x00" * 32 + b"\x01", b"\xff" * 33):
            assert parse_public_key(public_key_text(raw)) == raw
            check_key_point(raw)

    def test_the_null_key(self):
        assert public_key_text(NULL_KEY) == "STM1111111111111111111111111111111114T1Anm"
        assert scheme_of(NULL_KEY) is Scheme.SECP256K1

    def test_ed25519_texts_come_back(self):
        key = key_of("bob", Scheme.ED25519)
        assert key.public_key[0] == 0xED
        assert scheme_of(key.public_key) is Scheme.ED25519
        assert public_key_text(key.public_key, "TST").startswith("PUB_ED_")
        assert parse_public_key(public_key_text(key.public_key)) == key.public_key
        assert PrivateKey.parse(key.text) == key
        signature = key.sign(DIGEST)
        assert parse_signature(signature_text(signature)) == signature
        assert signature_text(signature).startswith("SIG_ED_")

    def test_ed25519_texts_are_fixed(self):
        key = key_of("init_key", Scheme.ED25519)
        assert public_key_text(key.public_key) == "PUB_ED_2Dj9dCz6VDjcFiFQoZHn8bt9Njb2x3ijyzcwSK3JX2BZCML8yR"
        assert key.text == "PVT_ED_Z15t6EC8EnBFYM2B2jK76EPdLGqutq1nbxgUQYacjBMQp2jRg"

    def test_hex_is_the_text_of_a_secp256k1_signature(self):
        signature = key_of("alice").sign(DIGEST)
        assert signature_text(signature) == signature.hex()
        assert parse_signature(signature.hex()) == signature

    @BOTH
    def test_invalid_any_letter_of_a_public_key_changed(self, scheme):
        text = public_key_text(key_of("alice", scheme).public_key)
        for pos in range(len(text)):
            changed = text[:pos] + ("2" if text[pos] != "2" else "3") + text[pos + 1 :]
            with pytest.raises(InvalidKey):
                parse_public_key(changed)

    @pytest.mark.parametrize(
        "text", ["", "STM", "ST" + "1" * 50, "PUB_ED_", "PUB_ED_111", "stm1", "STM0OIl", "PUB_K1_1", "é" * 53]
    )
    def test_invalid_public_key_texts(self, text):
        with pytest.raises(InvalidKey):
            parse_public_key(text)

    def test_invalid_foreign_prefix_where_one_is_wanted(self):
        with pytest.raises(InvalidKey):
            parse_public_key(public_key_text(key_of("alice").public_key, "TST"), "STM")

    def test_invalid_endless_text_is_refused_at_once(self):
        with pytest.raises(InvalidKey):
            parse_public_key("STM" + "5" * 10_000_000)
        with pytest.raises(InvalidKey):
            PrivateKey.parse("5" * 10_000_000)

    @BOTH
    def test_invalid_private_key_texts_are_refused_without_repeating_them(self, scheme):
        text = key_of("alice", scheme).text
        for pos in range(len(text)):
            changed = text[:pos] + ("2" if text[pos] != "2" else "3") + text[pos + 1 :]
            with pytest.raises(InvalidKey) as refusal:
                PrivateKey.parse(changed)
            assert changed[8:20] not in str(refusal.value) + repr(refusal.value.data)
            assert refusal.value.__cause__ is None

    @pytest.mark.parametrize("secret", [bytes(32), ORDER.to_bytes(32, "big"), b"\xff" * 32, b"short", b"x" * 33])
    def test_invalid_secret_scalars(self, secret):
        with pytest.raises(InvalidKey):
            Secp256k1PrivateKey(secret)

    @pytest.mark.parametrize("text", ["zz", "1f00", "ed" + "00" * 64, "SIG_ED_111", ""])
    def test_invalid_signature_texts(self, text):
        with pytest.raises(InvalidSignature):
            parse_signature(text)


class TestSecrets:
    @BOTH
    def test_nothing_shows_a_secret(self, scheme):
        key = key_of("alice", scheme)
        for shown in (repr(key), str(key), f"{key}", repr({"key": key})):
            assert key.text not in shown
            assert key._secret.hex() not in shown
        assert public_key_text(key.public_key) in repr(key)

    @BOTH
    def test_a_key_is_neither_pickled_nor_copied(self, scheme):
        for careless in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not pickled"):
                careless(key_of("alice", scheme))

    @BOTH
    def test_generated_keys_differ(self, scheme):
        keys = [PrivateKey.generate(scheme) for _ in range(100)]
        assert len({key.public_key for key in keys}) == 100
        assert all(key.scheme is scheme for key in keys)

    def test_the_same_secret_is_the_same_key(self):
        assert key_of("alice") == key_of("alice")
        assert len({key_of("alice"), key_of("alice"), key_of("bob")}) == 2
        assert key_of("alice") != key_of("alice", Scheme.ED25519)

    @BOTH
    def test_two_keys_share_one_secret(self, scheme):
        alice, bob = key_of("alice", scheme), key_of("bob", scheme)
        assert alice.shared_secret(bob.public_key) == bob.shared_secret(alice.public_key)
        assert len(alice.shared_secret(bob.public_key)) == 32

    def test_the_shared_secret_is_the_x_coordinate(self):
        """hive-js test/Crypto.js: the SHA-512 of x is its shared secret; this is the SHA-256 of that."""
        key = PrivateKey.from_secret(bytes.fromhex("8fdfdde486f696fd7c6313325e14d3ff0c34b6e2c390d1944cbfe150f4457168"))
        other = parse_public_key("STM7vbxtK1WaZqXsiCHPcjVFBewVj8HFRd5Z5XZDpN6Pvb2dZcMqK")
        shared = hashlib.sha512(key.shared_secret(other)).digest()
        assert hashlib.sha256(shared).hexdigest() == "1f296fa48172d9af63ef3fb6da8e369e6cc33c1fb7c164207a3549b39e8ef698"

    @BOTH
    def test_invalid_partner_of_a_shared_secret(self, scheme):
        other = Scheme.ED25519 if scheme is Scheme.SECP256K1 else Scheme.SECP256K1
        for partner in (NULL_KEY, key_of("bob", other).public_key, b"\xed" + bytes(32), b"\xed\x01" + bytes(31)):
            with pytest.raises(InvalidKey):
                key_of("alice", scheme).shared_secret(partner)


class TestSignatures:
    @pytest.mark.parametrize("row", vectors("keys.json", "signatures"), ids=lambda row: row["digest"][:8])
    def test_signatures_of_other_programs_lead_to_their_keys(self, row):
        digest, key = bytes.fromhex(row["digest"]), parse_public_key(row["public_key"])
        if "signature" in row:
            assert signature_key(digest, bytes.fromhex(row["signature"])) == key
            assert is_canonical(bytes.fromhex(row["signature"]))
        if "seed" in row:
            assert signature_key(digest, key_of(row["seed"]).sign(digest)) == key
        if row.get("wif"):
            assert signature_key(digest, PrivateKey.from_wif(row["wif"]).sign(digest)) == key

    def test_hiveds_own_signature_is_made_byte_for_byte(self):
        [row] = [row for row in vectors("keys.json", "signatures") if row.get("signer") == "hived"]
        key = PrivateKey.from_wif(row["wif"])
        assert isinstance(key, Secp256k1PrivateKey)
        assert key.sign_like_hived(bytes.fromhex(row["digest"])).hex() == row["signature"]

    @pytest.mark.parametrize("row", vectors("keys.json", "canonical_signatures"), ids=lambda row: row["name"])
    def test_the_shape_that_hive_accepts(self, row):
        head, r, s = row.get("byte0", 31), bytes(32), bytes.fromhex(row.get("s", "00" * 32))
        signature = bytes.fromhex(row["signature"]) if "signature" in row else bytes([head]) + r + s
        assert is_canonical(signature) is row["is_canonical"]

    def test_every_client_accepts_what_we_sign(self):
        rng = random.Random(28)
        for _ in range(200):
            key = PrivateKey.from_secret(rng.randbytes(32))
            digest = rng.randbytes(32)
            signature = key.sign(digest)
            assert is_fc_canonical(signature)
            assert is_canonical(signature)
            assert 31 <= signature[0] <= 34
            assert int.from_bytes(signature[33:], "big") <= ORDER // 2
            assert signature_key(digest, signature) == key.public_key

    @BOTH
    def test_signing_is_deterministic(self, scheme):
        assert key_of("alice", scheme).sign(DIGEST) == key_of("alice", scheme).sign(DIGEST)

    @BOTH
    def test_a_signature_belongs_to_one_digest(self, scheme):
        key = key_of("alice", scheme)
        signature = key.sign(DIGEST)
        assert signature_key(DIGEST, signature) == key.public_key
        with contextlib.suppress(InvalidSignature):
            assert signature_key(hashlib.sha256(b"another").digest(), signature) != key.public_key

    def test_the_recovery_byte_counts_by_its_two_low_bits(self):
        key = key_of("alice")
        signature = key.sign(DIGEST)
        for head in range(256):
            changed = bytes([head]) + signature[1:]
            if head != 0xED and not 27 <= head <= 34:
                with pytest.raises(InvalidSignature):
                    signature_key(DIGEST, changed)
            elif (head - 27) & 3 == (signature[0] - 27) & 3:
                assert signature_key(DIGEST, changed) == key.public_key

    def test_s_up_to_the_byte_order_bound_is_accepted(self):
        """The mirrored signature is accepted exactly where its s passes the comparison of §3.2."""
        rng = random.Random(7)
        seen = set()
        for _ in range(100):
            key = PrivateKey.from_secret(rng.randbytes(32))
            signature = key.sign(DIGEST)
            mirrored_s = (ORDER - int.from_bytes(signature[33:], "big")).to_bytes(32, "big")
            mirrored = bytes([31 + ((signature[0] - 31) ^ 1)]) + signature[1:33] + mirrored_s
            if is_canonical(mirrored):
                assert signature_key(DIGEST, mirrored) == key.public_key
            else:
                with pytest.raises(NotCanonical):
                    signature_key(DIGEST, mirrored)
            seen.add(mirrored_s <= S_BOUND)
        assert seen == {True, False}

    @pytest.mark.parametrize(
        "signature",
        [
            b"",
            bytes(65),
            b"\x1f" + bytes(64),
            b"\x1f" + b"\x01" * 63,
            b"\x1f" + b"\x01" * 65,
            b"\x1f" + ORDER.to_bytes(32, "big") + b"\x01" * 32,
            b"\x1f" + b"\xff" * 32 + b"\x01" * 32,
            b"\xed",
            b"\xed" + bytes(96),
            b"\xed" + b"\x01" * 64,
        ],
        ids=lambda signature: signature[:4].hex() + f"/{len(signature)}",
    )
    def test_invalid_bytes_in_place_of_a_signature(self, signature):
        with pytest.raises(InvalidSignature):
            signature_key(DIGEST, signature)

    @BOTH
    @pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)], ids=len)
    def test_invalid_digest_size(self, scheme, digest):
        key = key_of("alice", scheme)
        with pytest.raises(InvalidSignature):
            key.sign(digest)
        with pytest.raises(InvalidSignature):
            signature_key(digest, key.sign(DIGEST))

    def test_a_wrong_signature_of_ours_never_leaves(self, monkeypatch):
        wrong = key_of("bob").sign(DIGEST)
        monkeypatch.setattr(Secp256k1PrivateKey, "_sign_with_candidate", lambda *_: wrong)
        with pytest.raises(AssertionError, match="does not verify"):
            key_of("alice").sign(DIGEST)


class TestEd25519Edges:
    """What libraries judge differently (reliability D.2), made with plain arithmetic."""

    SECRET = ed25519_math.secret_scalar(hashlib.sha256(b"edge").digest())
    POINT = ed25519_math.multiply(SECRET, ed25519_math.BASE)
    KEY = ed25519_math.encode(POINT)
    R = ed25519_math.encode(ed25519_math.multiply(4711, ed25519_math.BASE))

    def signature(self, key: bytes = KEY, r: bytes = R, nonce: int = 4711, secret: int = SECRET) -> bytes:
        return b"\xed" + key + ed25519_math.sign_with(secret, nonce, key, r, DIGEST)

    def test_the_arithmetic_agrees_with_libsodium(self):
        honest = key_of("edge", Scheme.ED25519)
        assert isinstance(honest, Ed25519PrivateKey)
        assert honest.public_key == b"\xed" + self.KEY
        assert signature_key(DIGEST, self.signature()) == honest.public_key

    def test_invalid_key_of_small_order(self):
        encodings = ed25519_math.small_order_encodings()
        assert len(encodings) == 14
        for encoding in encodings:
            with pytest.raises(InvalidKey):
                check_key_point(b"\xed" + encoding)
            with pytest.raises(InvalidSignature):
                signature_key(DIGEST, self.signature(key=encoding, secret=0))

    def test_invalid_key_with_a_hidden_part_of_small_order(self):
        rng = random.Random(25519)
        for small in ed25519_math.torsion()[1:]:
            for _ in range(3):
                honest = ed25519_math.multiply(rng.randrange(ed25519_math.L), ed25519_math.BASE)
                with pytest.raises(InvalidKey):
                    check_key_point(b"\xed" + ed25519_math.encode(ed25519_math.add(honest, small)))
                check_key_point(b"\xed" + ed25519_math.encode(honest))

    def test_invalid_key_that_is_no_point(self):
        on_no_curve = next(y for y in range(2, 50) if ed25519_math.x_of(y, 0) is None).to_bytes(32, "little")
        for encoding in (on_no_curve, b"\xff" * 32, b"\x01" * 31, b""):
            with pytest.raises((InvalidKey, TypeError, ValueError)):
                check_key_point(b"\xed" + encoding)

    def test_invalid_r_of_small_order(self):
        for encoding in ed25519_math.small_order_encodings():
            with pytest.raises(InvalidSignature):
                signature_key(DIGEST, self.signature(r=encoding, nonce=0))

    def test_invalid_r_with_a_hidden_part(self):
        """A check with the cofactor, as in ZIP 215, would accept these."""
        honest = ed25519_math.multiply(4711, ed25519_math.BASE)
        for small in ed25519_math.torsion()[1:]:
            with pytest.raises(InvalidSignature):
                signature_key(DIGEST, self.signature(r=ed25519_math.encode(ed25519_math.add(honest, small))))

    def test_invalid_s_above_the_order(self):
        honest = self.signature()
        s = int.from_bytes(honest[65:], "little")
        for times in range(1, 9):
            with pytest.raises(InvalidSignature):
                signature_key(DIGEST, honest[:65] + (s + times * ed25519_math.L).to_bytes(32, "little"))

    def test_invalid_any_bit_flipped(self):
        honest = self.signature()
        for bit in range(8, 97 * 8):
            changed = bytearray(honest)
            changed[bit >> 3] ^= 1 << (bit & 7)
            with pytest.raises(InvalidSignature):
                signature_key(DIGEST, bytes(changed))

    def test_invalid_parsed_key_outside_the_subgroup(self):
        mixed = ed25519_math.encode(ed25519_math.add(self.POINT, ed25519_math.torsion()[4]))
        with pytest.raises(InvalidKey):
            parse_public_key(public_key_text(b"\xed" + mixed))
