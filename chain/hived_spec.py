"""hived's chain specification (`--alternate-chain-spec`) as a `Genesis`, so that a chain that hived wrote can be replayed.

The specification changes hived's testnet build, which is our preset "hived-testnet"; what it does not name stays as it is there.
Its members and their meaning were read from hived's chain plugin; its numbers are those of protocol.md's conventions:

    genesis_time                  seconds since the epoch; required
    hardfork_schedule             [{hardfork, block_num}], ascending; required, not empty. block_num is only a time (see below)
    init_supply hbd_init_supply   smallest units, owned by initminer. If one of these three is there, the absent ones are 0
    initial_vesting               {hive_amount, vests_per_hive}: part of init_supply that initminer begins with as VESTS
    init_witnesses                names of further accounts and witnesses, with initminer's key
    min_root_comment_interval min_reply_interval min_comment_edit_interval hive_owner_update_limit    seconds
    custom_op_block_limit         operations
    allow_not_enough_rc generate_missed_block_operations    true or false
    hf_21_stall_block             of no meaning after hardfork 21; checked and left

hived itself overlooks members that it does not know; here they are refused, as they are mostly misspelt.
"""

from dataclasses import replace
from typing import Any

from chain.authority import Authority
from chain.errors import InvalidInput
from chain.params import INIT_WITNESS_ACCOUNT, Params
from chain.params_reader import InvalidHardforkSchedule, read_hardfork_schedule, with_hardfork_schedule
from chain.presets import Genesis, GenesisAccount, GenesisWitness, check_genesis, preset
from chain.strict import UINT32_MAX, Members, as_text, parse_object


class InvalidOwnerUpdateLimit(InvalidInput):
    code = "invalid_owner_update_limit"
    text = "hive_owner_update_limit must be a multiple of the block interval and at least two of them, not {value} s"


class TooMuchVesting(InvalidInput):
    code = "too_much_vesting"
    text = "initial_vesting takes {vesting} of an init_supply of {supply}"


def read_hived_spec(
    text: str,
    *,
    chain_id: bytes | None = None,
    price_feed_limit_check: bool = False,
    where: str = "chain specification",
) -> Genesis:
    """The chain that hived's testnet build would start from this file.

    `chain_id` is hived's option of that name (32 bytes), else the build's own. The 30 % price limit is no member of the file:
    the stock build leaves it out. Raises InvalidInput naming the member that is unknown, missing or out of range.
    """
    members = Members(parse_object(text, where), where)
    base = preset("hived-testnet")
    genesis_time = members.integer("genesis_time", lowest=1, highest=UINT32_MAX)
    members.need("hardfork_schedule")
    schedule = read_hardfork_schedule(members)
    if not schedule:
        raise InvalidHardforkSchedule(reason="it must name a hardfork")
    genesis = _with_supply(_with_witnesses(base, members), members)
    params = replace(
        genesis.params,
        genesis_time=genesis_time,
        chain_id=chain_id if chain_id is not None else base.params.chain_id,
        price_feed_limit_check=price_feed_limit_check,
        **_read_changes(members, base.params),
    )
    genesis = replace(genesis, params=with_hardfork_schedule(params, schedule), hardfork_schedule=schedule)
    members.integer("hf_21_stall_block", 0, highest=UINT32_MAX)
    members.finish()
    check_genesis(genesis)
    return genesis


def _read_changes(members: Members, params: Params) -> dict[str, Any]:
    limit = members.integer("hive_owner_update_limit", params.owner_update_limit_seconds, highest=65_535)
    if limit < 2 * params.block_interval_seconds or limit % params.block_interval_seconds:
        raise InvalidOwnerUpdateLimit(value=limit)
    return {
        "owner_update_limit_seconds": limit,
        **{
            field: members.integer(name, getattr(params, field), highest=UINT32_MAX)
            for name, field in (
                ("min_root_comment_interval", "root_post_interval_seconds"),
                ("min_reply_interval", "reply_interval_seconds"),
                ("min_comment_edit_interval", "edit_interval_seconds"),
                ("custom_op_block_limit", "custom_operations_per_block_max"),
            )
        },
        **{
            name: members.switch(name, getattr(params, name))
            for name in ("allow_not_enough_rc", "generate_missed_block_operations")
        },
    }


def _with_supply(genesis: Genesis, members: Members) -> Genesis:
    if not any(members.has(name) for name in ("init_supply", "hbd_init_supply", "initial_vesting")):
        members.skip("init_supply", "hbd_init_supply", "initial_vesting")
        return genesis
    hive = members.integer("init_supply", 0, highest=genesis.params.share_supply_max)
    hbd = members.integer("hbd_init_supply", 0, highest=genesis.params.share_supply_max)
    vesting, vests_per_hive = 0, genesis.vests_per_hive
    if members.has("initial_vesting"):
        initial = Members(members.take("initial_vesting"), f"{members.where}.initial_vesting")
        vesting = initial.integer("hive_amount", highest=genesis.params.share_supply_max)
        vests_per_hive = initial.integer("vests_per_hive", lowest=1, highest=UINT32_MAX)
        initial.finish()
        if vesting > hive:
            raise TooMuchVesting(vesting=vesting, supply=hive)
    accounts = tuple(
        replace(account, hive=hive - vesting, hbd=hbd, vesting_hive=vesting)
        if account.name == INIT_WITNESS_ACCOUNT
        else account
        for account in genesis.accounts
    )
    params = replace(genesis.params, initial_hive_supply=hive, initial_hbd_supply=hbd)
    return replace(genesis, params=params, accounts=accounts, vests_per_hive=vests_per_hive)


def _with_witnesses(genesis: Genesis, members: Members) -> Genesis:
    """Hived creates the further witnesses after initminer and before the account steem."""
    if not members.has("init_witnesses"):
        members.skip("init_witnesses")
        return genesis
    where = f"{members.where}.init_witnesses"
    names = [as_text(name, where) for name in members.array("init_witnesses")]
    first = genesis.witnesses[0]
    key = first.signing_key
    auth = Authority.of_key(key)
    added = tuple(GenesisAccount(name=n, owner=auth, active=auth, posting=auth, memo_key=key) for n in names)
    position = 1 + [account.name for account in genesis.accounts].index(first.name)
    return replace(
        genesis,
        accounts=genesis.accounts[:position] + added + genesis.accounts[position:],
        witnesses=genesis.witnesses + tuple(GenesisWitness(name=name, signing_key=key) for name in names),
    )
