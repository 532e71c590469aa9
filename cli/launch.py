"""Starts a node in this process: the one place of the command line that knows the node from inside."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.output import Failure, Function
from node import config
from node.config import Config, Setting


def setting_options(*names: str) -> Callable[[Function], Function]:
    """An option for each setting of a node, or for those named; a function gets them by the settings' names, None unless given."""

    def decorate(function: Function) -> Function:
        chosen = [one for one in config.SETTINGS if not names or one.name in names]
        for declared in reversed(chosen):
            function = setting_option(declared)(function)
        return function

    return decorate


def setting_option(declared: Setting) -> Callable[[Function], Function]:
    flag = declared.flag
    if declared.type is bool:
        flag = f"{flag}/--no-{flag[2:]}"
        return click.option(flag, declared.name, default=None, help=declared.help)
    default = "" if declared.default in (None, "", ()) or not declared.in_file else f"  [default: {declared.default}]"
    kind = {int: "INTEGER", Path: "PATH", tuple: "NAMES"}.get(declared.type, "TEXT")
    metavar = f"[{'|'.join(declared.choices)}]" if declared.choices else kind
    return click.option(flag, declared.name, metavar=metavar, help=declared.help + default)


def load_config(values: dict[str, Any]) -> Config:
    """Settings from flags, environment and file. Raises ConfigError."""
    return config.load(values)


def write_config(values: dict[str, Any]) -> Path:
    """Make a data directory with a commented config.toml that holds the given settings. Raises Failure where there is one."""
    loaded = load_config(values)
    if loaded.file.exists():
        raise Failure(f"{loaded.file} exists.", "Edit it, or choose another --data-dir.")
    given = {name: getattr(loaded, name) for name, value in values.items() if value is not None and name != "data_dir"}
    loaded.data_dir.mkdir(parents=True, exist_ok=True)
    loaded.file.write_text(config.template(given), encoding="utf-8")
    return loaded.file


def compare_scenario(folder: Path, progress: Callable[[int], None]) -> Any:
    """Replay a scenario of hived's and compare all of it (node.parity). Raises ChainError where the folder is none."""
    from node import parity

    return parity.compare_scenario(folder, progress)


def run_node(loaded: Config, on_ready: Callable[[str], None]) -> None:
    """Run a node until it is stopped (SIGINT, SIGTERM); `on_ready` is called with its address once it answers there."""
    from node.runner import run

    asyncio.run(run(loaded, on_ready=on_ready))
