"""How a setting of a node is declared, named and checked; which there are stands in node.config."""

import re
from dataclasses import MISSING, Field, field
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from chain.errors import ChainError

ENVIRONMENT_PREFIX = "SKALD_"
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
