"""Who may make another signature of a signature: anybody by Hive's rule, nobody on a chain of strict ones (protocol.md §3.2)."""

from dataclasses import replace

import pytest

from chain.block import Block
from chain.header import WrongSigner
from chain.keys import AmbiguousSignature, PrivateKey, Scheme, check_strict, is_canonical, signature_key
from tests.helpers.forge import Forge

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SEEDS = range(40)


def other_head(signature: bytes) -> bytes:
    """The same with a first byte that means the same."""
    return bytes([signature[0] - 4]) + signature[1:]


def other_s(signature: bytes) -> bytes:
    """The same point, seen from the other side."""
    s = ORDER - int.from_bytes(signature[33:], "big")
    return bytes([31 + ((signature[0] - 31) ^ 1)]) + signature[1:33] + s.to_bytes(32, "big")


def test_every_signature_of_ours_is_strict() -> None:
    for seed in SEEDS:
        digest = bytes([seed]) * 32
        for scheme in Scheme:
            check_strict(PrivateKey.from_seed(str(seed), scheme).sign(digest))
        check_strict(PrivateKey.from_seed(str(seed)).sign_like_hived(digest))


def test_by_hive_s_rule_everybody_can_make_a_second_one() -> None:
    twins = 0
    for seed in SEEDS:
        key, digest = PrivateKey.from_seed(str(seed)), bytes([seed]) * 32
        signature = key.sign(digest)
        assert signature_key(digest, other_head(signature)) == key.public_key
        if is_canonical(other_s(signature)):
            twins += 1
            assert signature_key(digest, other_s(signature)) == key.public_key
    assert 0 < twins < len(SEEDS)


def test_invalid_second_form() -> None:
    for seed in SEEDS:
        signature = PrivateKey.from_seed(str(seed)).sign(bytes([seed]) * 32)
        for twin in (other_head(signature), other_s(signature), other_head(other_s(signature))):
            with pytest.raises(AmbiguousSignature):
                check_strict(twin)


def twins_of(block: Block) -> list[Block]:
    """The block under other signatures of the same key, made without it."""
    header = block.header
    forms = [change(header.witness_signature) for change in (other_head, other_s)]
    return [Block.build(header.signed(form), block.transactions) for form in forms if is_canonical(form)]


def test_a_block_has_one_id_where_signatures_are_strict() -> None:
    """Or whoever passes it on could send half of the network another block for the same slot."""
    forge = Forge(strict_signatures=True)
    forge.grow(45)
    for _ in range(10):
        block = forge.block()
        for twin in twins_of(block):
            assert twin.id != block.id
            assert twin.signing_digest == block.signing_digest
            forge.refuses_block(WrongSigner, twin)
        forge.chain.push_block(block)


def test_where_they_are_not_a_block_has_several_as_in_hive() -> None:
    forge = Forge(strict_signatures=False)
    forge.grow(3)
    twin = twins_of(forge.block())[0]
    forge.chain.push_block(twin)
    assert forge.chain.head_id == twin.id


def test_invalid_transaction_under_a_second_form() -> None:
    forge = Forge(strict_signatures=True)
    forge.grow(3)
    transaction = forge.pay("alice", "bob", "1.000 HIVE")
    (signature,) = transaction.signatures
    for twin in (other_head(signature), other_s(signature)):
        changed = transaction.with_signatures([twin])
        assert changed.id == transaction.id
        if is_canonical(twin):
            with forge.refuses(AmbiguousSignature):
                forge.chain.mempool.add(changed)
            forge.refuses_block(AmbiguousSignature, forge.block(changed))
    forge.chain.mempool.add(transaction)


def test_ed25519_signatures_are_strict_as_they_are() -> None:
    forge = Forge(strict_signatures=True)
    forge.grow(3)
    key = PrivateKey.from_seed("of the second kind", Scheme.ED25519)
    update = forge.operation(
        "account_update",
        account="alice",
        owner=None,
        active=replace(forge.state.account_keys.get("alice").active, key_auths=((key.public_key, 1),)),
        posting=None,
        memo_key=bytes(33),
        json_metadata="",
    )
    forge.push(forge.transaction(update, by="alice"))
    payment = forge.pay("alice", "bob", "1.000 HIVE")
    forge.push(payment.with_signatures([key.sign(payment.digest(forge.params.chain_id))]))
