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
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import platformdirs

from chain.errors import ChainError
from chain.presets import preset_names

FILE_NAME = "config.toml"
ENVIRONMENT_PREFIX = "SKALD_"
_TYPO_SIMILARITY = (
    0.85  # an unknown SKALD_… that is so near to a known one is a typo; others belong to the command line
)
_PRIVATE_KEY = re.compile(r"\b(?:P?5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51}|PVT_[A-Z0-9]+_\w+)\b")


class ConfigError(ChainError):
    code = "config_error"
    text = "{where}: {reason}"


class UnreadableConfig(ConfigError):
    code = "unreadable_config"
    text = "{where} is not TOML: {reason}"


class UnknownSetting(ConfigError):
    code = "unknown_setting"
    text = "{where}: there is no setting {name}{advice}"


class WrongSetting(ConfigError):
    code = "wrong_setting"
    text = "{where}: {name} {reason}"


class KeyInConfig(ConfigError):
    code = "key_in_config"
    text = (
        "{where}: {name} holds what looks like a private key. Write it to a file that only you can read "
        "(chmod 600), name that file in witness.keys_file, and treat the key as known to others"
    )


class UnsafeKeyFile(ConfigError):
    code = "unsafe_key_file"
    text = "{path}: {reason}"


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    least: int | None = None,
    most: int | None = None,
    choices: tuple[str, ...] = (),
    in_file: bool = True,
) -> Any:
    """Declare a setting: its default, one sentence of help, its unit and limits."""
    about = {"help": help, "unit": unit, "least": least, "most": most, "choices": choices, "in_file": in_file}
    return field(default=default, metadata=about)


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
        2,
        "Threads for heavy reads; Python runs one at a time, so the second only spares short ones the wait for a long one.",
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
        2_000_000, "Rows of state kept in memory, some 600 bytes each.", unit="rows", least=1_000, most=1_000_000_000
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


class Setting:
    """One declaration, with its names in file, environment and command line."""

    __slots__ = ("choices", "default", "help", "in_file", "least", "most", "name", "optional", "type", "unit")

    def __init__(self, declared: "Field[Any]", annotation: Any) -> None:
        about = declared.metadata
        self.name = declared.name
        self.default = None if declared.default is MISSING else declared.default
        self.optional = isinstance(annotation, UnionType)
        self.type: type = get_args(annotation)[0] if self.optional else annotation
        if self.type not in (bool, int, str, Path):
            self.type = tuple
        self.help: str = about["help"]
        self.unit: str = about["unit"]
        self.least: int | None = about["least"]
        self.most: int | None = about["most"]
        self.choices: tuple[str, ...] = about["choices"]
        self.in_file: bool = about["in_file"]

    @property
    def section(self) -> str:
        return self.name.partition("_")[0]

    @property
    def short_name(self) -> str:
        return self.name.partition("_")[2]

    @property
    def key(self) -> str:
        """As people name it: `rpc.port`."""
        return f"{self.section}.{self.short_name}" if self.in_file else self.name

    @property
    def environment(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def range_text(self) -> str:
        """What values it takes, in words."""
        if self.choices:
            return ", ".join(self.choices)
        if self.least is not None:
            return f"{self.least} to {self.most}" + (f" {self.unit}" if self.unit else "")
        return {bool: "true or false", str: "a text", Path: "a path", tuple: "a list of names"}[self.type]

    def from_text(self, text: str, where: str) -> Any:
        """The value of a flag or an environment variable."""
        if self.optional and not text:
            return None
        if self.type is bool:
            if text.lower() in ("true", "1", "yes", "on"):
                return True
            if text.lower() in ("false", "0", "no", "off"):
                return False
            raise self._wrong(where, text)
        if self.type is int:
            if not re.fullmatch(r"-?[0-9][0-9_]{0,30}", text):
                raise self._wrong(where, text)
            return self.checked(int(text), where)
        if self.type is tuple:
            return self.checked([name for name in re.split(r"[\s,]+", text) if name], where)
        return self.checked(text, where)

    def checked(self, value: Any, where: str) -> Any:
        """The value, of the right type and within its limits. Raises WrongSetting, KeyInConfig."""
        if isinstance(value, (str, list)) and _PRIVATE_KEY.search(str(value)):
            raise KeyInConfig(where=where, name=self.key)
        if self.optional and value == "":
            return None
        if self.type is Path and isinstance(value, (str, Path)) and str(value):
            return Path(value).expanduser()
        if self.type is tuple and isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
            return tuple(value)
        if type(value) is not self.type:
            raise self._wrong(where, value)
        if (self.choices and value not in self.choices) or (isinstance(value, int) and not self._is_within(value)):
            raise self._wrong(where, value)
        return value

    def _is_within(self, value: int) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def _wrong(self, where: str, value: Any) -> WrongSetting:
        return WrongSetting(where=where, name=self.key, reason=f"must be {self.range_text}, not {value!r:.60}")


def _declared() -> Iterator[Setting]:
    hints = get_type_hints(Config)
    for declared in fields(Config):
        yield Setting(declared, hints[declared.name])


SETTINGS: tuple[Setting, ...] = tuple(_declared())
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_BY_KEY = {setting.key: setting for setting in SETTINGS if setting.in_file}
_BY_ENVIRONMENT = {setting.environment: setting for setting in SETTINGS}


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
    if config.clock_speed != 1 and config.is_networked:
        raise WrongSetting(where=where, name="clock.speed", reason="must be 1 where other nodes take part")


def read_key_lines(path: Path) -> list[str]:
    """The lines of a file of private keys, without comments; refuses a file that others may read."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise UnsafeKeyFile(path=path, reason="is not a file")
        if about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(about.st_mode)
            raise UnsafeKeyFile(path=path, reason=f"others may read it (mode {mode:04o}); run chmod 600 {path}")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "is not a text"
        raise UnsafeKeyFile(path=path, reason=reason) from None
    stripped = (line.partition("#")[0].strip() for line in lines)
    return [line for line in stripped if line]


# --- what follows from the declarations


def _sections() -> list[str]:
    return list(dict.fromkeys(setting.section for setting in SETTINGS if setting.in_file))


def template(values: Mapping[str, Any] | None = None) -> str:
    """A config.toml with every setting explained; `values` (by field name) are set, the others stand as comments."""
    values = values or {}
    lines = [
        "# Settings of a Skald node. What begins with # has its default; environment and flags win over this file."
    ]
    for section in _sections():
        lines += ["", f"[{section}]"]
        for declared in (setting for setting in SETTINGS if setting.in_file and setting.section == section):
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
