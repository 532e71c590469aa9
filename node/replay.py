"""Applying a log that hived wrote, and showing the state in hived's words.

`replay` pushes the blocks of a log into a chain in memory; `DUMPS` names what can be shown of its state, each in the shape of the
call that hived answers it with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chain.blocklog import read_blocks
from chain.chain import Chain
from chain.hived_spec import read_hived_spec
from chain.impacted import impacted_accounts
from chain.jsonform import HF26, to_json
from chain.memory import MemoryBackend
from chain.signatures import PlainSigners
from chain.state import AppliedOperation
from chain.types import time_text


def chain_of_spec(spec: Path, *, check_every_block: bool = False, price_feed_limit_check: bool = False) -> Chain:
    """An empty chain in memory by hived's own chain specification. Raises InvalidInput."""
    genesis = read_hived_spec(spec.read_text(), price_feed_limit_check=price_feed_limit_check)
    return Chain(MemoryBackend(), genesis, signers=PlainSigners(), check_every_block=check_every_block)


def chain_of_scenario(folder: Path, *, check_every_block: bool = False) -> Chain:
    """The empty chain of a parity scenario. That hived ran with the price limit no specification can tell: its summary does."""
    summary = folder / "summary.json"
    limit_check = summary.exists() and bool(json.loads(summary.read_text()).get("price_feed_limit_check"))
    return chain_of_spec(folder / "spec.json", check_every_block=check_every_block, price_feed_limit_check=limit_check)


def replay(chain: Chain, log: Path, stop: int | None = None) -> Iterator[tuple[int, list[AppliedOperation]]]:
    """Push the blocks of a log, up to number `stop`; yields each number with what was applied. Raises what the chain raises."""
    with log.open("rb") as file:
        for block in read_blocks(file, chain.params.dialect):
            if stop is not None and block.num > stop:
                return
            yield block.num, chain.push_block(block)


def operations_json(chain: Chain, applied: list[AppliedOperation]) -> list[dict[str, Any]]:
    """All operations and events of the head block as account_history_api.get_ops_in_block shows them, in its order.

    What is nobody's history is not shown, though it was counted.
    """
    dialect = chain.params.dialect
    timestamp = time_text(chain.state.globals.time)
    return [
        {
            "op": to_json(entry.operation, HF26, dialect),
            "op_in_trx": entry.op_in_trx,
            "timestamp": timestamp,
            "trx_id": entry.transaction_id.hex(),
            "trx_in_block": entry.trx_in_block,
            "virtual_op": entry.virtual,
        }
        for entry in sorted(applied, key=lambda entry: (entry.trx_in_block, entry.op_in_trx))
        if impacted_accounts(entry.operation)
    ]
