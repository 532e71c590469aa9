"""What the sources declare, found by importing all of them: for the generated parts of docs/ and for tests over the whole tree."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from chain.errors import ChainError
from cli.main import skald
from cli.output import Failure

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("rewards", "chain", "node", "cli")


@cache
def modules() -> tuple[ModuleType, ...]:
    """All modules of the four packages, imported; `__main__` modules are programs and left alone."""
    names = []
    for package in map(importlib.import_module, PACKAGES):
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        names += [package.__name__, *(module.name for module in found if not module.name.endswith("__main__"))]
    return tuple(importlib.import_module(name) for name in sorted(names))


def path_of(module: ModuleType) -> str:
    """`chain/wire.py`."""
    return Path(inspect.getsourcefile(module) or "").relative_to(PROJECT).as_posix()


def subclasses(base: type) -> list[Any]:
    """All below a class, the class itself first, in the order of their module and place in it."""
    found = {base: None}
    for cls in list(base.__subclasses__()):
        found |= dict.fromkeys(subclasses(cls))
    return list(found)


def error_classes() -> list[type[ChainError]]:
    """Every error of the node and the chain. Errors that tests declare are no part of it."""
    modules()
    return [cls for cls in subclasses(ChainError) if cls.__module__.partition(".")[0] in PACKAGES]


def failure_classes() -> list[type[Failure]]:
    """Every failure of the command line."""
    modules()
    return [cls for cls in subclasses(Failure) if cls.__module__.partition(".")[0] in PACKAGES]


@cache
def raisers() -> dict[type, list[str]]:
    """For each class the files that raise or make it."""
    found: dict[type, dict[str, None]] = {}
    for module in modules():
        path = path_of(module)
        for name in _made_names(ast.parse((PROJECT / path).read_text(encoding="utf-8"))):
            cls = getattr(module, name, None)
            if isinstance(cls, type):
                found.setdefault(cls, {})[path] = None
    return {cls: list(paths) for cls, paths in found.items()}


def _made_names(tree: ast.AST) -> Iterator[str]:
    """Names that stand where a value is made or raised: not as a base, in an annotation, an `except`, a `case` or an isinstance."""
    for child in ast.iter_child_nodes(tree):
        match child:
            case ast.ClassDef():
                yield from (name for part in child.body for name in _made_names(ast.Module([part], [])))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from (name for part in child.body for name in _made_names(ast.Module([part], [])))
            case ast.ExceptHandler() | ast.match_case():
                yield from (name for part in child.body for name in _made_names(ast.Module([part], [])))
            case ast.Assign(value=ast.Tuple()) | ast.AnnAssign(value=ast.Tuple()):
                continue  # classes that are told apart
            case ast.AnnAssign():
                yield from _made_names(ast.Module([ast.Expr(child.value)] if child.value else [], []))
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass")):
                continue
            case ast.Name():
                yield child.id
            case _:
                yield from _made_names(child)


def commands(
    command: click.Command = skald, name: str = "skald", parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """(full name, command, context) of every command and group, in the order of the help texts."""
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for below_name in command.list_commands(context):
            below = command.get_command(context, below_name)
            assert below is not None, below_name
            yield from commands(below, below_name, context)
