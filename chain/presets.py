"""How a chain begins: its parameters, first accounts, first witnesses and supply, read from a genesis file.

`genesis.json` of this project holds the presets "devnet", "mainnet" and "hived-testnet"; anybody's file of the same format
starts a chain of its own (docs/genesis.md). Nothing is guessed: an unknown member, a number out of range or a supply that is
not the sum of the balances is refused. chain.genesis turns a `Genesis` into the first state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from chain.authority import Authority
from chain.errors import InvalidInput
from chain.keys import NULL_KEY, Scheme, parse_public_key, scheme_of
from chain.params import (
    MINERS_ACCOUNT,
    NULL_ACCOUNT,
    OBSOLETE_TREASURY_ACCOUNT,
    STEEM_ACCOUNT,
    TEMP_ACCOUNT,
    Params,
)
from chain.params_reader import read_hardfork_schedule, read_params, with_hardfork_schedule
from chain.strict import UINT32_MAX, Members, WrongType, as_integer, as_text, parse_object
from chain.types import check_account_name

VESTS_PER_HIVE: Final = 1_800
"""What hived's testnet begins with: VESTS of the smallest unit before hardfork 1 for 1000 of HIVE's, so VESTS for a HIVE after it."""


class UnknownPreset(InvalidInput):
    code = "unknown_preset"
    text = "There is no chain named {name}; there are: {known}"


class InvalidGenesis(InvalidInput):
    code = "invalid_genesis"
    text = "{where}: {reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisAccount:
    """An account that is there before the first block. Amounts are smallest units."""

    name: str
    owner: Authority
    active: Authority
    posting: Authority
    memo_key: bytes = NULL_KEY
    hive: int = 0
    hbd: int = 0
    vesting_hive: int = 0  # HIVE turned into VESTS at the initial price


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisWitness:
    """A witness that is there before the first block; `name` is one of the accounts."""

    name: str
    signing_key: bytes
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """All that a chain begins with. The order of accounts and witnesses is that of their ids."""

    params: Params
    accounts: tuple[GenesisAccount, ...]
    witnesses: tuple[GenesisWitness, ...]  # the first one produces until the first schedule
    vests_per_hive: int = VESTS_PER_HIVE
    feed: tuple[int, int] | None = None  # (HBD, HIVE); None until the witnesses have published
    hardfork_schedule: tuple[tuple[int, int], ...] = ()  # (hardfork, block number), kept for `starting_at`
    login_password: str | None = None  # of a play chain: all its keys are login keys of this password

    def starting_at(self, genesis_time: int) -> "Genesis":
        """The same chain, id included, with another birthday; scheduled hardforks move along."""
        params = replace(self.params, genesis_time=genesis_time)
        return replace(self, params=with_hardfork_schedule(params, self.hardfork_schedule))


# --- files ------------------------------------------------------------------------------------------------------------


def genesis_file(package: Any = None) -> str:
    """The text of our genesis.json: beside this module in an installed package, at the top of the project in a checkout."""
    installed = (package or files("chain")).joinpath("genesis.json")
    if installed.is_file():
        return str(installed.read_text(encoding="utf-8"))
    return Path(__file__).resolve().parent.parent.joinpath("genesis.json").read_text(encoding="utf-8")


@cache
def _preset_entries() -> dict[str, Any]:
    return chain_entries(genesis_file(), "genesis.json")


def preset_names() -> list[str]:
    return list(_preset_entries())


@cache
def preset(name: str) -> Genesis:
    """A chain of our own genesis.json; raises UnknownPreset."""
    return _read_named(_preset_entries(), name)


def read_genesis(text: str, name: str | None = None, where: str = "genesis file") -> Genesis:
    """The chain `name` of a genesis file, or its only one. Raises InvalidInput naming the member that is wrong."""
    entries = chain_entries(text, where)
    if name is None and len(entries) != 1:
        raise UnknownPreset(name="(none was given)", known=", ".join(entries))
    return _read_named(entries, name if name is not None else next(iter(entries)))


def chain_entries(text: str, where: str) -> dict[str, Any]:
    """The chains of a genesis file by name, as JSON; raises InvalidInput where the file is not one."""
    members = Members(parse_object(text, where), where)
    members.integer("format", lowest=1, highest=1)
    chains = members.take("chains")
    members.finish()
    if not isinstance(chains, dict):
        raise WrongType(where=f"{where}.chains", wanted="an object", value=type(chains).__name__)
    return chains


def _read_named(entries: dict[str, Any], name: str) -> Genesis:
    if name not in entries:
        raise UnknownPreset(name=name, known=", ".join(entries))
    return read_chain(name, entries[name])


def read_chain(name: str, entry: Any) -> Genesis:
    """One chain of a genesis file; raises InvalidInput naming the member that is wrong."""
    members = Members(entry, name)
    members.text("about", "")
    params = read_params(name, members, entry)
    witnesses = tuple(_read_witnesses(members, params))
    supply = Members(members.take("supply"), f"{name}.supply")
    params = replace(
        params,
        initial_hive_supply=supply.integer("hive", highest=params.share_supply_max),
        initial_hbd_supply=supply.integer("hbd", highest=params.share_supply_max),
        initial_witness_key=witnesses[0].signing_key if witnesses else NULL_KEY,
    )
    schedule = read_hardfork_schedule(members)
    genesis = Genesis(
        params=with_hardfork_schedule(params, schedule),
        accounts=tuple(_read_accounts(members, params)),
        witnesses=witnesses,
        vests_per_hive=supply.integer("vests_per_hive", VESTS_PER_HIVE, lowest=1, highest=UINT32_MAX),
        feed=_read_feed(members),
        hardfork_schedule=schedule,
        login_password=members.text("login_password") if members.has("login_password") else None,
    )
    supply.finish()
    members.finish()
    check_genesis(genesis)
    return genesis


# --- accounts, witnesses, feed ------------------------------------------------------------------------------------------


def _read_accounts(members: Members, params: Params) -> Iterator[GenesisAccount]:
    for item in members.objects("accounts"):
        shared = item.take("authority") if item.has("authority") else None
        memo_key = item.take("memo_key") if item.has("memo_key") else None
        account = GenesisAccount(
            name=item.text("name"),
            **{
                role: _read_authority(
                    shared if shared is not None and not item.has(role) else item.take(role),
                    f"{item.where}.{role}",
                    params,
                )
                for role in ("owner", "active", "posting")
            },
            memo_key=NULL_KEY if memo_key is None else _read_key(memo_key, f"{item.where}.memo_key", params),
            hive=item.integer("hive", 0, highest=params.share_supply_max),
            hbd=item.integer("hbd", 0, highest=params.share_supply_max),
            vesting_hive=item.integer("vesting_hive", 0, highest=params.share_supply_max),
        )
        item.finish()
        yield account


def _read_authority(value: Any, where: str, params: Params) -> Authority:
    """Either "nobody", "anybody", the text of the one key, or an authority as Hive writes it."""
    if isinstance(value, str):
        if value in ("nobody", "anybody"):
            return Authority(0 if value == "anybody" else 1)
        return Authority.of_key(_read_key(value, where, params))
    members = Members(value, where)
    authority = Authority.build(
        members.integer("weight_threshold", highest=UINT32_MAX),
        [(as_text(name, where), weight) for name, weight in _read_weights(members, "account_auths")],
        [(_read_key(key, where, params), weight) for key, weight in _read_weights(members, "key_auths")],
    )
    members.finish()
    authority.check_size()
    return authority


def _read_weights(members: Members, name: str) -> Iterator[tuple[Any, int]]:
    where = f"{members.where}.{name}"
    for pair in members.array(name):
        if not isinstance(pair, list) or len(pair) != 2:
            raise InvalidGenesis(where=where, reason="members are pairs [who, weight]")
        yield pair[0], as_integer(pair[1], where, 1, 65_535)


def _read_key(value: Any, where: str, params: Params) -> bytes:
    key = parse_public_key(as_text(value, where))
    if scheme_of(key) is Scheme.ED25519 and not params.ed25519_keys:
        raise InvalidGenesis(where=where, reason="this chain has no ed25519 keys (parameter ed25519_keys)")
    return key


def _read_witnesses(members: Members, params: Params) -> Iterator[GenesisWitness]:
    for item in members.objects("witnesses"):
        witness = GenesisWitness(
            name=item.text("name"),
            signing_key=_read_key(item.take("signing_key"), f"{item.where}.signing_key", params),
            url=item.text("url", ""),
        )
        item.finish()
        yield witness


def _read_feed(members: Members) -> tuple[int, int] | None:
    if not members.has("feed"):
        return None
    feed = Members(members.take("feed"), f"{members.where}.feed")
    price = (feed.integer("hbd", lowest=1), feed.integer("hive", lowest=1))
    feed.finish()
    return price


def check_genesis(genesis: Genesis) -> None:
    """Raises InvalidGenesis where accounts, witnesses and supply do not fit together."""
    for reason in _contradictions(genesis):
        raise InvalidGenesis(where=genesis.params.name, reason=reason)


def _contradictions(genesis: Genesis) -> Iterator[str]:
    names = [account.name for account in genesis.accounts]
    known = frozenset(names)
    for name in names:
        check_account_name(name)
    for kind, listed in (("accounts", names), ("witnesses", [witness.name for witness in genesis.witnesses])):
        if len(frozenset(listed)) != len(listed):
            yield f"two {kind} have one name"
    for needed in (MINERS_ACCOUNT, NULL_ACCOUNT, TEMP_ACCOUNT):
        if needed not in known:
            yield f"the account {needed} is missing"
    for account in genesis.accounts:
        for authority in (account.owner, account.active, account.posting):
            for member in authority.accounts:
                if member not in known:
                    yield f"{account.name} trusts {member}, which is no account"
        if account.name in (STEEM_ACCOUNT, OBSOLETE_TREASURY_ACCOUNT) and _owns(account):
            yield f"{account.name} may own nothing: hardforks 23 and 24 would take it"
    for witness in genesis.witnesses:
        if witness.name not in known:
            yield f"the witness {witness.name} is no account"
    if not genesis.witnesses:
        yield "without a witness nobody could produce a block"
    hive = sum(account.hive + account.vesting_hive for account in genesis.accounts)
    hbd = sum(account.hbd for account in genesis.accounts)
    params = genesis.params
    if (hive, hbd) != (params.initial_hive_supply, params.initial_hbd_supply):
        yield f"the accounts own {hive} units of HIVE and {hbd} of HBD, which is not the supply"


def _owns(account: GenesisAccount) -> bool:
    return bool(account.hive or account.hbd or account.vesting_hive)


DEVNET: Final = preset("devnet").params
HIVED_TESTNET: Final = preset("hived-testnet").params
