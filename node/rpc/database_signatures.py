"""database_api: what is asked about transactions before they are sent: their bytes, who must sign, whether who signed suffices.

None of this changes anything. Accounts that there are not have no authority, so nobody can sign for them.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from chain.authority import Authorities, Authority, distinct_keys, verify
from chain.authority_queries import (
    Role,
    has_authority,
    potential_keys,
    required_keys,
)
from chain.authority_queries import (
    verify_account_authority as may_act,
)
from chain.fields import wire_type
from chain.jsonform import read_value
from chain.keys import parse_public_key, parse_signature, public_key_text, signature_key
from chain.transaction import Transaction
from chain.transition import AccountAuthorities
from chain.wire import HF26, LEGACY, Form, Packing
from node.rpc.account_by_key import text_of
from node.rpc.account_history import transaction_id
from node.rpc.arguments import Name, Names, one_of
from node.rpc.context import Context, json_form
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace, as_list, as_object

KEYS_MAX: Final = 1000  # of one question
AUTHORITIES_MAX: Final = 100

Level = Annotated[str, one_of("active", "owner", "posting")]
Pack = Annotated[str, one_of("legacy", "hf26")]

api = Namespace("database_api")


@api.method
def get_transaction_hex(context: Context, trx: Any = None) -> Any:
    """The bytes of a transaction with its signatures as hex, packed in the form of its JSON."""
    return {"hex": transaction_hex(context, trx, json_form(trx))}


@api.method
def get_required_signatures(context: Context, trx: Any = None, available_keys: Sequence[str] = ()) -> Any:
    """Those of the available keys that a check of the transaction would look at."""
    return {"keys": required_signatures(context, trx, available_keys)}


@api.method
def get_potential_signatures(context: Context, trx: Any = None) -> Any:
    """All keys that might take part in signing a transaction."""
    return {"keys": potential_signatures(context, trx)}


@api.method
def verify_authority(context: Context, trx: Any = None, pack: Pack = "legacy") -> Any:
    """True where the signatures suffice; else the error that sending would end in. `pack`: legacy or hf26."""
    check_signatures(context, trx, HF26 if pack == "hf26" else LEGACY)
    return {"valid": True}


@api.method
def verify_account_authority(
    context: Context, account: Name = "", signers: Sequence[str] = (), level: Level = "active"
) -> Any:
    """Whether keys could act as an account: level active, owner or posting."""
    return {"valid": may_sign(context, account, signers, level)}


@api.method
def verify_signatures(  # noqa: PLR0917  # hived's parameters in hived's order
    context: Context,
    hash: str = "",
    signatures: Sequence[str] = (),
    required_owner: Names = (),
    required_active: Names = (),
    required_posting: Names = (),
    required_witness: Names = (),
    required_other: Sequence[Any] = (),
) -> Any:
    """Whether the signatures over a digest satisfy all that is required."""
    digest = _digest(hash)
    _limit(signatures)
    keys = distinct_keys([signature_key(digest, parse_signature(text_of(text))) for text in signatures])
    _limit(required_other, AUTHORITIES_MAX)
    others = tuple(read_value(wire_type(Authority), value, None, context.dialect) for value in required_other)
    required = Authorities(
        tuple(required_posting), tuple(required_active), tuple(required_owner), others, tuple(required_witness)
    )
    return {"valid": has_authority(required.in_order(), keys, AccountAuthorities(context.state))}


@api.method
def is_known_transaction(context: Context, id: str = "") -> Any:
    """Whether the chain would refuse a transaction of this id as a duplicate: it waits, or it is in a block and not expired."""
    return {"is_known": is_known(context, id)}


# --- shared with condenser_api ---------------------------------------------------------------------------------------


def transaction_hex(context: Context, trx: Any, form: Form) -> str:
    """Raises InvalidInput for JSON that is no transaction."""
    return context.read_transaction(as_object(trx)).packed(Packing(context.dialect, form)).hex()


def required_signatures(
    context: Context, trx: Any, available_keys: Sequence[Any], form: Form | None = None
) -> list[str]:
    transaction = context.read_transaction(as_object(trx))
    signed = _signers(context, transaction, json_form(trx) if form is None else form)
    keys = required_keys(
        transaction.authorities(), _keys(context, available_keys), AccountAuthorities(context.state), signed
    )
    return _texts(context, keys)


def potential_signatures(context: Context, trx: Any) -> list[str]:
    transaction = context.read_transaction(as_object(trx))
    return _texts(context, potential_keys(transaction.authorities(), AccountAuthorities(context.state)))


def check_signatures(context: Context, trx: Any, form: Form) -> None:
    """Raises InvalidSignature or MissingAuthority."""
    transaction = context.read_transaction(as_object(trx))
    keys = distinct_keys(_signers(context, transaction, form))
    verify(transaction.authorities().in_order(), keys, AccountAuthorities(context.state))


def may_sign(context: Context, account: str, signers: Sequence[Any], level: str) -> bool:
    if account not in context.state.accounts:
        raise CallRefused("no such account", expression="account != nullptr")
    role: Role = "posting" if level == "posting" else "owner" if level == "owner" else "active"
    return may_act(account, role, frozenset(_keys(context, signers)), AccountAuthorities(context.state))


def is_known(context: Context, id_: str) -> bool:
    raw = transaction_id(id_)
    if raw in context.chain.mempool:
        return True
    place = context.history.transaction_place(raw)
    block = None if place is None else context.find_block(place[0])
    if place is None or block is None:
        return False
    return block.transactions[place[1]].expiration >= context.state.globals.time


def _signers(context: Context, transaction: Transaction, form: Form) -> tuple[bytes, ...]:
    _limit(transaction.signatures)
    digest = transaction.with_packing(Packing(context.dialect, form)).digest(context.params.chain_id)
    return tuple(signature_key(digest, signature) for signature in transaction.signatures)


def _keys(context: Context, texts: Sequence[Any]) -> tuple[bytes, ...]:
    _limit(texts)
    return tuple(parse_public_key(text_of(text), context.dialect.address_prefix) for text in as_list(list(texts)))


def _texts(context: Context, keys: Sequence[bytes]) -> list[str]:
    return [public_key_text(key, context.dialect.address_prefix) for key in keys]


def _limit(values: Sequence[Any], most: int = KEYS_MAX) -> None:
    if len(values) > most:
        raise CallRefused("At most ${most} are looked at", expression="keys.size() <= KEYS_MAX", most=most)


def _digest(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 32 or len(text) != 64:
        raise CallRefused("A hash has 64 hex digits", expression="hash.size() == 64")
    return raw
