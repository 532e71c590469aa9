"""The settings of a node: each is declared once, as a field of `Config`.

From the declaration follow its key in `config.toml`, its environment variable, its flag, the commented template that
`skald node init` writes, and the table in docs/operating.md. `rpc_port` is `port` in the section `[rpc]`, `SKALD_RPC_PORT` and
`--rpc-port`. A flag wins over the environment, that over the file, that over the default.

What is not understood is refused by name, with advice; nothing is guessed. Private keys never stand here: a setting names
the file that holds them, which only its owner may read.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs

from chain.presets import preset_names
from node.settings import ENVIRONMENT_PREFIX, Setting, UnknownSetting, UnreadableConfig, WrongSetting, setting

FILE_NAME = "config.toml"
_TYPO_SIMILARITY = (
    0.85  # an unknown SKALD_… that is so near to a known one is a typo; others belong to the command line
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one node. The part of a name before the first `_` is its section."""

    data_dir: Path = setting(  # noqa: RUF009  it declares a field, as dataclasses.field does
        Path(platformdirs.user_data_dir("skald", appauthor=False)),
        "Directory of the chain's data; config.toml lies in it.",
        in_file=False,
    )

    chain_preset: str = setting("devnet", "Chain to run, one of genesis.json.", choices=tuple(preset_names()))
    chain_genesis_file: Path | None = setting(None, "Genesis file of a chain of your own, instead of a preset.")  # noqa: RUF009  as above
    chain_id: str = setting("", "Chain id in 64 hex digits, instead of the one the preset has.")

    chain_trusted_block: str = setting(
        "", "Id of a recent block, in 40 hex digits from a source you trust: the node follows no chain without it."
    )

    rpc_enabled: bool = setting(True, "Whether to answer JSON-RPC and /health to everybody.")
    rpc_host: str = setting("127.0.0.1", "Address to listen on; others than this machine's own belong behind a proxy.")
    rpc_port: int = setting(8090, "Port to listen on; 0 takes a free one.", least=0, most=65_535)
    rpc_metrics: bool = setting(False, "Whether /metrics is open to everybody, not to the operator only.")
    rpc_body_bytes_max: int = setting(
        1 << 20,
        "Largest request; the largest transaction is 64 KiB, some 400 KiB as JSON.",
        unit="bytes",
        least=1 << 16,
        most=1 << 26,
    )
    rpc_batch_calls_max: int = setting(
        100,
        "Most calls in one batch; libraries send up to 50, and the chain waits while a batch is answered.",
        unit="calls",
        least=1,
        most=10_000,
    )
    rpc_depth_max: int = setting(
        32,
        "Deepest nesting of a request; an operation with all extensions needs 12.",
        unit="levels",
        least=16,
        most=512,
    )
    rpc_response_bytes_max: int = setting(
        32 << 20,
        "Largest reply; it is built in memory, and 1,000 full blocks need more than any client wants.",
        unit="bytes",
        least=1 << 20,
        most=1 << 30,
    )
    rpc_waiting_calls_max: int = setting(
        1_000,
        "Most calls that wait for a block at a time; each holds its connection.",
        unit="calls",
        least=1,
        most=100_000,
    )
    rpc_reader_threads: int = setting(
        1,
        "Threads for reads that take longer than 20 ms; Python runs one at a time, so more make nothing faster.",
        unit="threads",
        least=1,
        most=16,
    )
    rpc_heavy_waiting_max: int = setting(
        200,
        "Most heavy reads that wait or run at a time; whoever is behind so many would have given up before the answer.",
        unit="calls",
        least=1,
        most=10_000,
    )
    rpc_heavy_rows_max: int = setting(
        100_000,
        "Rows that one heavy read may look at; the largest page of any method needs a tenth.",
        unit="rows",
        least=1_000,
        most=100_000_000,
    )
    rpc_heavy_seconds_max: int = setting(
        2,
        "Computing time of one heavy read; a page of a method takes a tenth of a second, and others wait for their turn.",
        unit="seconds",
        least=1,
        most=600,
    )
    rpc_connections_max: int = setting(
        900,
        "Most connections at a time; a process may usually open 1,024 files, and the store needs some.",
        unit="connections",
        least=10,
        most=100_000,
    )
    rpc_keep_alive_seconds: int = setting(
        5,
        "How long an idle connection is kept; longer, and slow clients hoard them.",
        unit="seconds",
        least=1,
        most=600,
    )
    rpc_sockets_max: int = setting(
        200,
        "Most WebSockets at a time; whoever subscribes keeps one open, so they must not take all connections.",
        unit="connections",
        least=1,
        most=100_000,
    )
    rpc_subscriptions_max: int = setting(
        16,
        "Most subscriptions of one WebSocket; each looks at every block.",
        unit="subscriptions",
        least=1,
        most=1_000,
    )
    rpc_socket_send_seconds_max: int = setting(
        20,
        "How long a message to a WebSocket may take; a client that does not read is let go, and may come back.",
        unit="seconds",
        least=1,
        most=600,
    )

    rpc_hosts: tuple[str, ...] = setting(
        (),
        "Names by which clients call this node beside its addresses and localhost; * for any. Guards against pages that rename it.",
    )
    rpc_private_network: bool = setting(
        False, "Whether pages of public sites may call this node in a private network; for trying a front end out."
    )
    rpc_trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.1", "::1"),
        "Addresses or networks of proxies whose X-Forwarded-For is believed; anybody else could lie with it.",
    )
    rpc_unlimited_addresses: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"), "Addresses or networks without limits of their own: this machine, your other servers."
    )
    rpc_concurrent_requests_max: int = setting(
        500,
        "Most requests that are answered at once, waiting ones included; more, and none would be answered in time.",
        unit="requests",
        least=1,
        most=100_000,
    )
    rpc_address_connections_max: int = setting(
        64,
        "Most connections of one address; a browser opens 6, and a few people may share an address.",
        unit="connections",
        least=1,
        most=100_000,
    )
    rpc_address_concurrent_max: int = setting(
        32,
        "Most requests of one address at once; they wait for blocks or heavy reads, which are everybody's.",
        unit="requests",
        least=1,
        most=100_000,
    )
    rpc_address_requests_per_second: int = setting(
        100,
        "Requests of one address in a second, in the long run; a page of a front end needs some ten.",
        unit="requests",
        least=1,
        most=1_000_000,
    )
    rpc_address_cost_ms_per_second: int = setting(
        250,
        "Time of the node that one address may take in a second, in the long run: a quarter of it.",
        unit="ms",
        least=1,
        most=1_000_000,
    )
    rpc_address_burst_seconds: int = setting(
        10,
        "So many seconds' allowance may be taken at once by an address that was quiet: wallets ask in bursts.",
        unit="seconds",
        least=1,
        most=3_600,
    )
    rpc_head_seconds: int = setting(
        10,
        "How long the head of a request may take to come; who sends it byte by byte holds a connection for nothing.",
        unit="seconds",
        least=1,
        most=600,
    )
    rpc_body_seconds: int = setting(
        30,
        "How long the body of a request may take to come; the largest one needs 35 kB a second.",
        unit="seconds",
        least=1,
        most=600,
    )
    rpc_reply_seconds: int = setting(
        20,
        "Within how long a client has to read 64 KiB of a reply that waits for it, or it is cut off.",
        unit="seconds",
        least=1,
        most=600,
    )
    rpc_unsent_bytes_max: int = setting(
        256 << 20,
        "Most bytes of replies that wait for clients to read them; the slowest reader is cut off first.",
        unit="bytes",
        least=1 << 20,
        most=1 << 34,
    )

    operator_enabled: bool = setting(
        True, "Whether to open a second socket for the node's operator: /metrics, network details, a devnet's clock."
    )
    operator_host: str = setting(
        "127.0.0.1", "Address of the operator's socket; its cookie travels in the clear, so leave it on this machine."
    )
    operator_port: int = setting(
        0,
        "Port of the operator's socket; 0 takes a free one, which running.json tells. Choose one for Prometheus.",
        least=0,
        most=65_535,
    )

    witness_names: tuple[str, ...] = setting((), "Witnesses this node makes blocks for.")
    witness_keys_file: Path | None = setting(  # noqa: RUF009  as above
        None, "File with the witnesses' private block signing keys, one a line; mode 0600."
    )
    witness_participation_percent_min: int = setting(
        33,
        "Share of recent slots that must have been filled, or no block is made: guards against a lonely fork.",
        unit="percent",
        least=0,
        most=99,
    )
    witness_stale_production: bool = setting(
        False, "Whether to make blocks although the head is old: only to start a chain, or to start it again."
    )

    p2p_enabled: bool = setting(False, "Whether to link with other nodes; to name a peer switches it on too.")
    p2p_host: str = setting("127.0.0.1", "Address on which other nodes find us; 0.0.0.0 for all of this machine.")
    p2p_port: int = setting(2001, "Port for other nodes; 0 takes a free one.", least=0, most=65_535)
    p2p_peers: tuple[str, ...] = setting(
        (), "Nodes to stay linked with, each HOST:PORT or, where only that one may answer, PUB_ED_...@HOST:PORT."
    )
    p2p_outbound_links: int = setting(
        8,
        "Links that we choose beside the named peers, each into another network: what protects from a false picture.",
        unit="links",
        least=0,
        most=32,
    )
    p2p_inbound_links: int = setting(
        50, "Most links of others to us; with 0 nobody can dial this node.", unit="links", least=0, most=200
    )
    p2p_private_addresses: bool = setting(
        False, "Whether to dial private addresses that peers name: only for a network within one house or machine."
    )

    history_enabled: bool = setting(
        True, "Whether to keep the history of accounts and transactions; a witness needs none and is faster without."
    )
    store_cached_rows_max: int = setting(
        2_000_000, "Rows of state kept in memory, some 800 bytes each.", unit="rows", least=1_000, most=1_000_000_000
    )

    verify_workers: int | None = setting(
        None,
        "Processes that check signatures ahead while many blocks come in; 0 for none, empty for one less than there are cores.",
        unit="processes",
        least=0,
        most=8,  # node.verify.pool.WORKERS_MAX
    )

    clock_speed: int = setting(
        1,
        "Seconds of the chain in one second; only for chains of your own, and not with others' nodes.",
        unit="times",
        least=1,
        most=10_000,
    )

    log_level: str = setting("info", "Least level that is logged.", choices=("debug", "info", "warning", "error"))
    log_format: str = setting(
        "auto", "One line an event for people, or JSON lines; auto colours the lines of a terminal.",
        choices=("auto", "plain", "json"),
    )  # fmt: skip

    @property
    def file(self) -> Path:
        """Where the configuration file is, or would be."""
        return self.data_dir / FILE_NAME

    @property
    def is_networked(self) -> bool:
        """Whether this node shares its chain with others, and with it the time of the world."""
        return self.p2p_enabled or bool(self.p2p_peers)


def _declared() -> Iterator[Setting]:
    hints = get_type_hints(Config)
    for declared in fields(Config):
        yield Setting(declared, hints[declared.name])


SETTINGS: tuple[Setting, ...] = tuple(_declared())
_BY_NAME = {one.name: one for one in SETTINGS}
_BY_KEY = {one.key: one for one in SETTINGS if one.in_file}
_BY_ENVIRONMENT = {one.environment: one for one in SETTINGS}


def load(flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration from flags (by field name; None is "not given"), environment and file. Raises ConfigError."""
    given = _from_environment(os.environ if environment is None else environment)
    given |= _from_flags(flags or {})
    data_dir = given.get("data_dir", Config().data_dir)
    config = Config(**(_from_file(data_dir / FILE_NAME) | given))
    _check_together(config)
    return config


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableConfig(where=path, reason=error) from None
    try:
        sections = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableConfig(where=path, reason=error) from None
    values: dict[str, Any] = {}
    for section, members in sections.items():
        if not isinstance(members, dict):
            raise UnknownSetting(where=path, name=section, advice=_nearest(section))
        for short_name, value in members.items():
            found = _BY_KEY.get(f"{section}.{short_name}")
            if found is None:
                name = f"{section}.{short_name}"
                raise UnknownSetting(where=path, name=name, advice=_nearest(name))
            values[found.name] = found.checked(value, str(path))
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in sorted(environment):
        found = _BY_ENVIRONMENT.get(name)
        if found is not None:
            values[found.name] = found.from_text(environment[name], f"environment variable {name}")
        elif name.startswith(ENVIRONMENT_PREFIX):
            near = difflib.get_close_matches(name, _BY_ENVIRONMENT, n=1, cutoff=_TYPO_SIMILARITY)
            if near:
                raise UnknownSetting(where="environment", name=name, advice=f"; did you mean {near[0]}?")
    return values


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in flags.items():
        if name not in _BY_NAME:
            raise UnknownSetting(where="flags", name=name, advice=_nearest(name))
        if value is None or value == ():
            continue
        found = _BY_NAME[name]
        where = f"flag {found.flag}"
        is_text = isinstance(value, str) and found.type not in (str, Path)
        values[name] = found.from_text(value, where) if is_text else found.checked(value, where)
    return values


def _nearest(name: str) -> str:
    """Advice for an unknown name: the nearest known one."""
    near = difflib.get_close_matches(name, _BY_KEY, n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else f"; sections are {', '.join(_sections())}"


def _check_together(config: Config) -> None:
    """What no setting can know alone."""
    where = str(config.file)
    if config.chain_id and not re.fullmatch(r"[0-9a-f]{64}", config.chain_id):
        raise WrongSetting(where=where, name="chain.id", reason="must be 64 hex digits in lower case")
    if config.chain_trusted_block and not re.fullmatch(r"[0-9a-f]{40}", config.chain_trusted_block):
        raise WrongSetting(where=where, name="chain.trusted_block", reason="must be 40 hex digits in lower case")
    if config.witness_names and config.witness_keys_file is None:
        raise WrongSetting(where=where, name="witness.keys_file", reason="is needed to make blocks for witness.names")
    if config.clock_speed != 1 and config.chain_preset == "mainnet" and config.chain_genesis_file is None:
        raise WrongSetting(where=where, name="clock.speed", reason="must be 1 on the mainnet preset")
    for name in ("trusted_proxies", "unlimited_addresses"):
        for address in getattr(config, f"rpc_{name}"):
            if not _is_network(address):
                raise WrongSetting(where=where, name=f"rpc.{name}", reason=f"holds {address!r}, no address or network")
    if config.clock_speed != 1 and config.is_networked:
        raise WrongSetting(where=where, name="clock.speed", reason="must be 1 where other nodes take part")


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


# --- what follows from the declarations


def _sections() -> list[str]:
    return list(dict.fromkeys(one.section for one in SETTINGS if one.in_file))


def template(values: Mapping[str, Any] | None = None) -> str:
    """A config.toml with every setting explained; `values` (by field name) are set, the others stand as comments."""
    values = values or {}
    lines = [
        "# Settings of a Skald node. What begins with # has its default; environment and flags win over this file."
    ]
    for section in _sections():
        lines += ["", f"[{section}]"]
        for declared in (one for one in SETTINGS if one.in_file and one.section == section):
            lines += [f"# {declared.help} ({declared.range_text})"]
            value = values.get(declared.name, declared.default)
            mark = "" if declared.name in values else "# "
            lines.append(f"{mark}{declared.short_name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:_}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = "" if value is None else str(value)
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in '"\\\x7f' else c for c in text)
    return f'"{escaped}"'


def docs_table() -> str:
    """The settings as a Markdown table, for docs/operating.md."""
    lines = ["| setting | default | values | |", "|---|---|---|---|"]
    for declared in SETTINGS:
        default = "" if not declared.in_file else f"`{_toml(declared.default)}`"
        lines.append(f"| `{declared.key}` | {default} | {declared.range_text} | {declared.help} |")
    return "\n".join(lines) + "\n"
