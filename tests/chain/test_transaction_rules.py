"""When a transaction may be taken: its place, its time, once (protocol.md §3.1), in both packings, waiting and in blocks."""

from collections.abc import Callable

import pytest

from chain.authority import (
    CombinedWithPosting,
    DuplicateSignature,
    IrrelevantSignature,
    MissingActiveAuthority,
    MissingOwnerAuthority,
    MissingPostingAuthority,
)
from chain.errors import ChainError
from chain.keys import InvalidSignature, NotCanonical, PrivateKey
from chain.transaction import NoOperations, Transaction
from chain.transition import DuplicateTransaction, ExpirationTooFar, TransactionExpired, WrongTapos
from chain.wire import HF26, LEGACY, Form
from node.rpc.errors import error_object
from tests.helpers.forge import Forge

DAY = 86_400
Way = Callable[[Forge, Transaction], object]


def waiting(forge: Forge, transaction: Transaction) -> None:
    forge.chain.mempool.add(transaction)


def in_a_block(forge: Forge, transaction: Transaction) -> None:
    forge.push(transaction)


pytestmark = [
    pytest.mark.parametrize("take", [waiting, in_a_block], ids=["waiting", "block"]),
    pytest.mark.parametrize("form", [LEGACY, HF26], ids=["legacy", "hf26"]),
]


@pytest.fixture
def forge() -> Forge:
    forge = Forge()
    forge.grow(3)
    return forge


# time


@pytest.mark.parametrize("expires_in", [1, 2, 3, 60, 3_600, 3_601, DAY])
def test_it_may_expire_within_a_day(forge: Forge, take: Way, form: Form, expires_in: int) -> None:
    take(forge, forge.pay("alice", "bob", "1.000 HIVE", form=form, expires_in=expires_in))


@pytest.mark.parametrize("expires_in", [0, -1, -3, -DAY])
def test_invalid_expiration_not_after_the_head(forge: Forge, take: Way, form: Form, expires_in: int) -> None:
    late = forge.pay("alice", "bob", "1.000 HIVE", form=form, expires_in=expires_in)
    with forge.refuses(TransactionExpired):
        take(forge, late)


@pytest.mark.parametrize("expires_in", [DAY + 1, 2 * DAY, 2**31])
def test_invalid_expiration_too_far(forge: Forge, take: Way, form: Form, expires_in: int) -> None:
    far = forge.pay("alice", "bob", "1.000 HIVE", form=form, expires_in=expires_in)
    with forge.refuses(ExpirationTooFar):
        take(forge, far)


def test_a_block_may_come_when_its_transaction_expires(forge: Forge, take: Way, form: Form) -> None:
    """Time in a transaction is the time of the block before, so it may even have expired when its block comes."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form, expires_in=1)
    forge.push(transaction, slot=5)
    with forge.refuses(TransactionExpired):
        take(forge, transaction)


# place


def test_it_may_refer_to_any_block_on_the_chain(forge: Forge, take: Way, form: Form) -> None:
    for num in (1, 2, 4):
        prefix = int.from_bytes(forge.chain.block(num).id[4:8], "little")
        take(
            forge,
            forge.pay("alice", "bob", f"0.00{num} HIVE", form=form, ref_block_num=num, ref_block_prefix=prefix),
        )


def test_a_block_that_never_was_has_the_prefix_zero(forge: Forge, take: Way, form: Form) -> None:
    """So hived answers; hive-js relies on it on a chain's first blocks."""
    take(forge, forge.pay("alice", "bob", "1.000 HIVE", form=form, ref_block_num=60_000, ref_block_prefix=0))


def test_invalid_prefix(forge: Forge, take: Way, form: Form) -> None:
    right = int.from_bytes(forge.chain.head_id[4:8], "little")
    for prefix in (0, right ^ 1, right ^ 1 << 31, int.from_bytes(forge.chain.head_id[:4], "little")):
        astray = forge.pay("alice", "bob", "1.000 HIVE", form=form, ref_block_prefix=prefix)
        with forge.refuses(WrongTapos):
            take(forge, astray)


def test_invalid_reference_to_another_block(forge: Forge, take: Way, form: Form) -> None:
    for num in (forge.chain.head_num - 1, forge.chain.head_num + 1, 0xFFFF):
        astray = forge.pay("alice", "bob", "1.000 HIVE", form=form, ref_block_num=num)
        with forge.refuses(WrongTapos):
            take(forge, astray)


def test_invalid_reference_to_a_block_that_was_taken_back(forge: Forge, take: Way, form: Form) -> None:
    forge.grow()
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    forge.chain.pop_block()
    forge.push(slot=2)
    with forge.refuses(WrongTapos):
        take(forge, transaction)


# once


def test_invalid_second_time(forge: Forge, take: Way, form: Form) -> None:
    """In the next block, in a later one, and when the first has become irreversible: until it expires."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form, expires_in=30 * 3)
    forge.push(transaction)
    for _ in range(28):
        with forge.refuses(DuplicateTransaction):
            take(forge, transaction)
        forge.grow()
    forge.grow(3)
    with forge.refuses(TransactionExpired):
        take(forge, transaction)
    assert [row.id for row in forge.state.recent_transactions.scan()] == []


def test_invalid_second_time_with_other_signatures(forge: Forge, take: Way, form: Form) -> None:
    """Signatures are no part of the id."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    digest = transaction.digest(forge.params.chain_id)
    with_more = transaction.with_signatures([*transaction.signatures, forge.key("bob", "active").sign(digest)])
    assert with_more.id == transaction.id
    forge.push(transaction)
    with forge.refuses(DuplicateTransaction):
        take(forge, with_more)


def test_a_block_taken_back_gives_its_transactions_free(forge: Forge, take: Way, form: Form) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    forge.push(transaction)
    forge.chain.pop_block()
    assert [waits.id for waits in forge.chain.mempool] == [transaction.id]
    forge.push(transaction)
    with forge.refuses(DuplicateTransaction):
        take(forge, transaction)


def test_the_two_packings_of_an_amount_are_two_transactions(forge: Forge, take: Way, form: Form) -> None:
    other = HF26 if form is LEGACY else LEGACY
    for choice in (form, other):
        take(forge, forge.pay("alice", "bob", "1.000 HIVE", form=choice, ref_block_num=60_000, ref_block_prefix=0))


def test_without_amounts_both_packings_are_one(forge: Forge, take: Way, form: Form) -> None:
    other = HF26 if form is LEGACY else LEGACY
    operation = forge.operation("account_witness_proxy", account="alice", proxy="bob")
    forge.push(forge.transaction(operation, by="alice", form=other))
    forge.chain.pop_block()
    forge.chain.mempool.suspend()
    forge.chain.mempool.waiting.clear()
    forge.chain.mempool.resume(())
    first, second = (forge.transaction(operation, by="alice", form=choice) for choice in (form, other))
    assert first.packed_bytes == second.packed_bytes
    forge.push(first)
    with forge.refuses(DuplicateTransaction):
        take(forge, second)


# what is signed


def test_invalid_without_operations(forge: Forge, take: Way, form: Form) -> None:
    """It would need no signature, and cost nothing."""
    empty = forge.transaction(form=form)
    with forge.refuses(NoOperations):
        take(forge, empty)
    signed = forge.transaction(by="alice", form=form)
    with forge.refuses(NoOperations):
        take(forge, signed)


def test_invalid_role(forge: Forge, take: Way, form: Form) -> None:
    """Each role signs for itself since hardfork 28: not even the owner may pay with the owner key."""
    pay = forge.operation("transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    vote = forge.operation("vote", voter="alice", author="bob", permlink="post", weight=1)
    decline = forge.operation("decline_voting_rights", account="alice", decline=True)
    for operation, right, missing in (
        (pay, "active", MissingActiveAuthority),
        (vote, "posting", MissingPostingAuthority),
        (decline, "owner", MissingOwnerAuthority),
    ):
        for role in ("posting", "active", "owner", "memo"):
            if role != right:
                transaction = forge.transaction(operation, by="alice", role=role, form=form)
                with forge.refuses(missing):
                    take(forge, transaction)
        for stranger in ("bob", "initminer", "witness-1"):
            transaction = forge.transaction(operation, by=stranger, role=right, form=form)
            with forge.refuses(missing):
                take(forge, transaction)


def test_invalid_signature_of_another_chain(forge: Forge, take: Way, form: Form) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    for chain_id in (bytes(32), bytes.fromhex("beeab0de" + "00" * 28), b"\xff" * 32):
        elsewhere = transaction.with_signatures([forge.key("alice", "active").sign(transaction.digest(chain_id))])
        with forge.refuses(MissingActiveAuthority):
            take(forge, elsewhere)


def test_invalid_signature_over_the_other_packing(forge: Forge, take: Way, form: Form) -> None:
    """The bytes that were signed are the bytes in the block, no others with the same meaning."""
    other = HF26 if form is LEGACY else LEGACY
    signature = forge.pay("alice", "bob", "1.000 HIVE", form=other).signatures[0]
    repacked = forge.pay("alice", "bob", "1.000 HIVE", form=form).with_signatures([signature])
    with forge.refuses(MissingActiveAuthority):
        take(forge, repacked)


def test_invalid_duplicate_signature(forge: Forge, take: Way, form: Form) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    twice = transaction.with_signatures(transaction.signatures * 2)
    with forge.refuses(DuplicateSignature):
        take(forge, twice)


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (bytes(65), InvalidSignature),
        (b"\x1f" + bytes(64), InvalidSignature),
        (b"\x23" + b"\x11" * 64, InvalidSignature),
        (b"\x1f" + b"\x11" * 32 + b"\xff" * 32, NotCanonical),
        (b"\xed" + bytes(96), InvalidSignature),
    ],
    ids=["zeros", "zero r and s", "head 35", "s too large", "ed25519"],
)
def test_invalid_signature(forge: Forge, take: Way, form: Form, signature: bytes, error: type[ChainError]) -> None:
    """Beside a good one, too: what is no signature at all is never harmless."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    for signatures in ((signature,), (*transaction.signatures, signature)):
        broken = transaction.with_signatures(signatures)
        with forge.refuses(error):
            take(forge, broken)


def test_a_signature_too_many_is_harmless(forge: Forge, take: Way, form: Form) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    digest = transaction.digest(forge.params.chain_id)
    stranger = PrivateKey.from_seed("nobody's").sign(digest)
    take(forge, transaction.with_signatures([stranger, *transaction.signatures]))


# before hardfork 28


def test_rules_of_hardfork_27(forge: Forge, take: Way, form: Form) -> None:
    """An hour at most, a higher role in the place of a lower one, roles apart, no signature too many."""
    with forge.amending() as state:
        state.edit_hardforks().last_hardfork = 27
    pay = forge.operation("transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="")
    note = forge.operation("custom_json", required_auths=(), required_posting_auths=("alice",), id="note", json="{}")
    take(forge, forge.transaction(pay, by="alice", role="owner", form=form, expires_in=3_600))
    take(forge, forge.transaction(note, by="alice", role="active", form=form))
    for refused, error in (
        (forge.transaction(pay, by="alice", form=form, expires_in=3_601), ExpirationTooFar),
        (forge.transaction(pay, note, by="alice", form=form), CombinedWithPosting),
        (forge.transaction(pay, by="alice", role="posting", form=form), MissingActiveAuthority),
    ):
        with forge.refuses(error):
            take(forge, refused)
    transaction = forge.pay("alice", "bob", "2.000 HIVE", form=form)
    extra = forge.key("bob", "active").sign(transaction.digest(forge.params.chain_id))
    redundant = transaction.with_signatures([*transaction.signatures, extra])
    with forge.refuses(IrrelevantSignature):
        take(forge, redundant)


# in hived's words


EXPIRATION = (4030100, "transaction_expiration_exception", "transaction expiration exception")
TAPOS = (4030200, "transaction_tapos_exception", "transaction tapos exception")


@pytest.mark.parametrize(
    ("wrong", "face"),
    [({"expires_in": 0}, EXPIRATION), ({"expires_in": DAY + 1}, EXPIRATION), ({"ref_block_prefix": 1}, TAPOS)],
)
def test_clients_read_the_error_as_hived_s(
    forge: Forge, take: Way, form: Form, wrong: dict[str, int], face: tuple[int, str, str]
) -> None:
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form, **wrong)
    with pytest.raises(ChainError) as refused:
        take(forge, transaction)
    shown = error_object(refused.value, now=0)
    assert shown["code"] == -32003
    assert (shown["data"]["code"], shown["data"]["name"], shown["data"]["message"]) == face
    assert shown["message"].startswith(f"{face[2]}:")


def test_clients_find_the_words_for_a_duplicate(forge: Forge, take: Way, form: Form) -> None:
    """hive-tx takes them for a success: the transaction is there already."""
    transaction = forge.pay("alice", "bob", "1.000 HIVE", form=form)
    forge.push(transaction)
    with pytest.raises(DuplicateTransaction) as refused:
        take(forge, transaction)
    assert "Duplicate transaction check failed" in error_object(refused.value, now=0)["message"]
