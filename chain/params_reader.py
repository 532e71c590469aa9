"""Parameters as people write them in a genesis file: read strictly, checked against each other.

One chain of the file is a JSON object; this module takes its identity and its `parameters`, chain.presets the rest.
The format is described in docs/genesis.md.
"""

import hashlib
import json
from dataclasses import fields, replace
from typing import Any, Final

from chain.asset import MAINNET as MAINNET_DIALECT
from chain.asset import TESTNET as TESTNET_DIALECT
from chain.asset import Dialect
from chain.errors import InvalidInput
from chain.params import HARDFORKS_COUNT, HUNDRED_PERCENT_BP, MAINNET_HARDFORK_TIMES, Params
from chain.strict import UINT32_MAX, Members, OutOfRange, as_bool, as_integer
from chain.types import parse_version


class Contradiction(InvalidInput):
    code = "contradicting_parameters"
    text = "The parameters contradict each other: {reason}"


class InvalidChainId(InvalidInput):
    code = "invalid_chain_id"
    text = 'A chain id is 64 hexadecimal digits or "genesis", not {value}'


class InvalidHardforkSchedule(InvalidInput):
    code = "invalid_hardfork_schedule"
    text = "The hardfork schedule is wrong: {reason}"


DIALECTS: Final = {"mainnet": MAINNET_DIALECT, "testnet": TESTNET_DIALECT}

# Said elsewhere in the file than under `parameters`.
_IDENTITY = frozenset((
    *("name", "chain_id", "dialect", "genesis_time", "hardfork_times", "blockchain_version"),
    *("initial_hive_supply", "initial_hbd_supply", "initial_witness_key"),
))  # fmt: skip

# Divisors, and numbers without which a chain cannot go on.
_POSITIVE = frozenset((
    *("share_supply_max", "feed_interval_blocks", "feed_history_intervals", "block_interval_seconds", "witnesses_max"),
    *("elected_witnesses_max", "elected_witness_weight", "timeshare_witness_weight", "hardfork_witnesses_min"),
    *("undo_blocks_max", "delayed_voting_bucket_seconds", "cashout_delay_seconds", "vote_regeneration_seconds"),
    *("vote_power_reserve_rate", "claims_decay_seconds", "inflation_narrowing_blocks", "blocks_per_year"),
    *("power_down_intervals", "power_down_interval_seconds", "conversion_collateral_ratio_bp", "account_subsidy_precision"),
    *("proposal_period_seconds", "proposal_daily_period_seconds", "rc_regeneration_seconds", "rc_bucket_seconds"),
    *("rc_bucket_count", "content_constant", "removals_per_block_max", "state_root_interval_blocks"),
))  # fmt: skip

_SECONDS_MAX = 2**31 - 1  # a time and a duration together stay below what 32 bits can tell until 2038
_BP_MAX = 1_000_000


def read_params(name: str, members: Members, entry: dict[str, Any]) -> Params:
    """Takes identity and parameters from a chain's members; `entry` is all of it, for a chain id that is its hash.

    Raises InvalidInput naming the member that is unknown, of the wrong type or out of range.
    """
    params = Params(
        name=name,
        chain_id=_read_chain_id(members, entry),
        dialect=_read_dialect(members),
        genesis_time=members.integer("genesis_time", lowest=1, highest=UINT32_MAX),
        blockchain_version=parse_version(members.text("version")),
        hardfork_times=_read_hardfork_times(members),
        **_read_numbers(members),
    )
    check_params(params)
    return params


def _read_chain_id(members: Members, entry: dict[str, Any]) -> bytes:
    text = members.text("chain_id")
    if text == "genesis":
        return genesis_hash(entry)
    try:
        chain_id = bytes.fromhex(text)
    except ValueError:
        chain_id = b""
    if len(chain_id) != 32 or chain_id.hex() != text:
        raise InvalidChainId(value=text)
    return chain_id


def genesis_hash(entry: dict[str, Any]) -> bytes:
    """A chain id that no other chain has: SHA-256 over a tag and the canonical JSON of all that the file says of the chain."""
    content = {name: value for name, value in entry.items() if name not in ("chain_id", "about")}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(b"skald genesis\0" + canonical.encode("ascii")).digest()


def _read_dialect(members: Members) -> Dialect:
    where = f"{members.where}.symbols"
    symbols = members.text("symbols")
    if symbols not in DIALECTS:
        raise OutOfRange(where=where, lowest="mainnet", highest="testnet", value=symbols)
    dialect = DIALECTS[symbols]
    prefix = members.text("address_prefix", dialect.address_prefix)
    return dialect if prefix == dialect.address_prefix else replace(dialect, address_prefix=prefix)


def _read_hardfork_times(members: Members) -> tuple[int, ...]:
    """Mainnet's times, those named in `hardfork_times` replaced."""
    times = list(MAINNET_HARDFORK_TIMES)
    if members.has("hardfork_times"):
        where = f"{members.where}.hardfork_times"
        changed = Members(members.take("hardfork_times"), where)
        for number in range(1, HARDFORKS_COUNT + 1):
            times[number - 1] = changed.integer(str(number), times[number - 1], highest=UINT32_MAX)
        changed.finish()
    return tuple(times)


def _read_numbers(members: Members) -> dict[str, Any]:
    """The fields named under `parameters`."""
    where = f"{members.where}.parameters"
    given = Members(members.take("parameters"), where)
    numbers: dict[str, Any] = {}
    for field in fields(Params):
        if field.name in _IDENTITY or not given.has(field.name):
            continue
        value = given.take(field.name)
        place = f"{where}.{field.name}"
        numbers[field.name] = as_bool(value, place) if field.type is bool else _read_number(field.name, value, place)
    given.finish()
    return numbers


def _read_number(name: str, value: Any, where: str) -> int:
    highest = _SECONDS_MAX if "_seconds" in name else _BP_MAX if name.endswith("_bp") else 2**63 - 1
    return as_integer(value, where, 1 if name in _POSITIVE else 0, highest)


def read_hardfork_schedule(members: Members) -> tuple[tuple[int, int], ...]:
    """Takes hived's `hardfork_schedule`: (hardfork, block number), both ascending. Absent: none."""
    schedule: list[tuple[int, int]] = []
    for item in members.objects("hardfork_schedule"):
        number = item.integer("hardfork", lowest=1, highest=HARDFORKS_COUNT)
        block_num = item.integer("block_num", highest=UINT32_MAX)
        item.finish()
        if schedule and (number <= schedule[-1][0] or block_num < schedule[-1][1]):
            raise InvalidHardforkSchedule(reason="hardforks and block numbers must ascend")
        schedule.append((number, block_num))
    return tuple(schedule)


def with_hardfork_schedule(params: Params, schedule: tuple[tuple[int, int], ...]) -> Params:
    """Hardfork times counted in block intervals from genesis; an entry stands for all hardforks up to its own.

    The block number is only a time: with missed slots the change comes at a lower block number (parity chains, item 13).
    """
    times = list(params.hardfork_times)
    first = 1
    for number, block_num in schedule:
        at = params.genesis_time + block_num * params.block_interval_seconds
        if at > UINT32_MAX:
            raise InvalidHardforkSchedule(reason=f"hardfork {number} would come after the end of time")
        times[first - 1 : number] = [at] * (number - first + 1)
        first = number + 1
    return replace(params, hardfork_times=tuple(times))


def check_params(params: Params) -> None:
    """Raises Contradiction where two parameters cannot stand together."""
    for reason, holds in (
        ("elected, miner and timeshare witnesses must make witnesses_max",
         params.elected_witnesses_max + params.miner_witnesses_max + params.timeshare_witnesses_max == params.witnesses_max),
        ("hardfork_witnesses_min exceeds witnesses_max", params.hardfork_witnesses_min <= params.witnesses_max),
        ("the shares of the emission exceed all of it",
         params.content_reward_bp + params.vesting_reward_bp + params.proposal_fund_bp <= HUNDRED_PERCENT_BP),
        ("curation_reward_bp exceeds all of it", params.curation_reward_bp <= HUNDRED_PERCENT_BP),
        ("inflation_start_bp is below inflation_stop_bp", params.inflation_start_bp >= params.inflation_stop_bp),
        ("early and mid voting end after the cashout",
         params.early_voting_seconds + params.mid_voting_seconds <= params.cashout_delay_seconds),
        ("the reverse auction ends after the cashout", params.reverse_auction_seconds <= params.cashout_delay_seconds),
        ("votes fade before there is a post", params.vote_fade_seconds <= params.cashout_delay_seconds),
        ("a bucket of delayed votes is longer than the delay",
         params.delayed_voting_bucket_seconds <= max(params.delayed_voting_seconds, 1)),
        ("account_creation_fee_min exceeds its maximum", params.account_creation_fee_min <= params.account_creation_fee_max),
        ("the default block size is out of its range",
         params.maximum_block_size_bytes_min <= params.maximum_block_size_bytes_default <= params.maximum_block_size_bytes_max),
        ("transactions may be larger than blocks",
         params.transaction_size_bytes_max <= params.maximum_block_size_bytes_min),
    ):  # fmt: skip
        if not holds:
            raise Contradiction(reason=reason)
