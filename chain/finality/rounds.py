"""Who votes on which blocks: the round that begins above a block, as the state there has it.

A record of it is written with the last block of every round, and undone with it, so that the voters of a round are known for as long
as the chain is, whatever the schedule has become since:

    record    [time the round began, [[witness, signing key] …]]
"""

from __future__ import annotations

from typing import Final

import msgpack

from chain.finality.votes import Round, Voter
from chain.params import Params
from chain.state import State

VOTERS_PREFIX: Final = b"\x01v"

_PACK = msgpack.Packer(use_bin_type=True, autoreset=True).pack


def voters_key(num: int) -> bytes:
    """Where the record of the round above block `num` lies."""
    return VOTERS_PREFIX + num.to_bytes(8, "big")


def is_round_end(num: int, params: Params) -> bool:
    """Whether another round begins above block `num`."""
    return num % params.witnesses_max == 0


def round_num_of(num: int, params: Params) -> int:
    """The round that block `num` (≥ 1) belongs to."""
    return (num - 1) // params.witnesses_max


def round_record(state: State) -> bytes:
    """The record of the round above the block that has just been applied: the scheduled witnesses, each once."""
    names = dict.fromkeys(state.schedule.shuffled)
    voters = [(name, state.witnesses.get(name).signing_key) for name in names]
    record: bytes = _PACK((state.globals.time, voters))
    return record


def round_above(num: int, record: bytes, params: Params) -> Round:
    """The round above block `num`, out of its record."""
    began_at, voters = msgpack.unpackb(record, use_list=False)
    blocks = params.witnesses_max
    return Round(num // blocks, num + 1, num + blocks, tuple(Voter(*voter) for voter in voters), began_at)
