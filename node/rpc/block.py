"""block_api: blocks as they stand in the chain (protocol.md §3.2, §12)."""

from typing import Any, Final

from orjson import Fragment

from chain.block import Block
from chain.keys import public_key_text
from chain.wire import HF26, LEGACY, Form
from node.rpc.arguments import U32
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace

RANGE_BLOCKS_MAX: Final = 1000
RANGE_BYTES_MAX: Final = 8 << 20  # of packed blocks, which are three times as long in JSON

api = Namespace("block_api")


@api.method
def get_block(context: Context, block_num: U32 = 0) -> Any:
    """A block with its transactions, or an empty object where there is none yet."""
    block = written_block(context, block_num, HF26)
    return {} if block is None else {"block": block}


@api.method
def get_block_header(context: Context, block_num: U32 = 0) -> Any:
    """The header of a block, or an empty object where there is none yet."""
    block = context.find_block(block_num)
    return {} if block is None else {"header": header_view(context, block, HF26)}


@api.method(heavy=True)
def get_block_range(context: Context, starting_block_num: U32 = 0, count: U32 = 0) -> Any:
    """Up to 1000 blocks from a number on, as far as there are any, and fewer where they are large."""
    if count > RANGE_BLOCKS_MAX:
        raise CallRefused(
            "You can only ask for 1000 blocks at a time",
            expression='count <= 1000 && "fetch_block_range"',
        )
    views = []
    size_bytes = 0
    for num in range(starting_block_num, starting_block_num + count):
        block = context.find_block(num)
        if block is None or size_bytes > RANGE_BYTES_MAX:
            break
        size_bytes += len(block.packed_bytes)
        views.append(written_block(context, num, HF26))
    return {"blocks": views}


def header_view(context: Context, block: Block, form: Form) -> dict[str, Any]:
    """What is signed, without the signature."""
    view = block.header.to_json(form, context.dialect)
    del view["witness_signature"]
    return view


def written_block(context: Context, num: int, form: Form) -> Fragment | None:
    """A block as `block_view` shows it, in bytes that are kept; None where there is none (yet)."""
    if num > context.chain.irreversible_num:
        return _written_fresh_block(context, num, form)
    key = num, form
    found = context.fragments.find(key)
    if found is None:
        block = context.find_block(num)
        found = None if block is None else context.fragments.keep(key, block_view(context, block, form))
    return found


def _written_fresh_block(context: Context, num: int, form: Form) -> Fragment | None:
    """Another block may come to stand at its number, so it is kept under its id."""
    block = context.find_block(num)
    return None if block is None else context.once((block.id, form), lambda: block_view(context, block, form))


def block_view(context: Context, block: Block, form: Form) -> dict[str, Any]:
    """A block with its ids and the key that signed it. In legacy form each transaction says where it stands, too."""
    header = block.header
    ids = [transaction.id.hex() for transaction in block.transactions]
    transactions = [transaction.to_json(form, context.dialect) for transaction in block.transactions]
    if form is LEGACY:
        for position, view in enumerate(transactions):
            view |= {"transaction_id": ids[position], "block_num": block.num, "transaction_num": position}
    key = context.chain.signers.block_signer(header.signing_digest, header.witness_signature)
    return header.to_json(form, context.dialect) | {
        "transactions": transactions,
        "block_id": block.id.hex(),
        "signing_key": public_key_text(key, context.dialect.address_prefix),
        "transaction_ids": ids,
    }
