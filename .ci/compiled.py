"""A hook of hatch: compiles the hot modules with mypyc into the wheel (design decision 13; docs/operating.md says how to use it).

It works on a copy of the packages below build/, so no compiled module ever lies beside a source. Which modules are compiled stands in
pyproject.toml. In the copy the fields of declared records have their annotations as text, `voter: "AccountName"` (docs/adr/0015), and rows
are native classes (docs/adr/0016).
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("chain", "rewards")
DECLARING = {"struct"}  # the decorators that read annotations

SETUP = """\
from mypyc.build import mypycify
from setuptools import setup

setup(
    name="skald-compiled",
    ext_modules=mypycify(
        ["--config-file=mypy.ini", *{modules!r}],
        opt_level={opt_level!r},
        debug_level="0",
        group_name="skald",
        multi_file=True,  # one file of 45 MB takes a compiler twice as long
    ),
)
"""

MYPY = """\
[mypy]
ignore_missing_imports = True
cache_dir = {cache}
"""

NEEDED_BY_NATIVE = """\
from typing import Any, ClassVar
from chain.native import declare_native
"""


class CompiledModules(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Puts the extension modules into the wheel, beside their sources. An editable installation stays as it is."""
        if version == "editable":
            return
        place = self._copy()
        self._compile(place)
        for module in sorted(place.rglob("*.so")):
            path = module.relative_to(place).as_posix()
            if not path.startswith("build/"):
                build_data["force_include"][str(module)] = path
        build_data["infer_tag"] = True
        build_data["pure_python"] = False

    def _copy(self) -> Path:
        root = Path(self.root)
        place = root / "build" / "mypyc"
        for package in PACKAGES:
            shutil.rmtree(place / package, ignore_errors=True)
            shutil.copytree(root / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
        return place

    def _compile(self, place: Path) -> None:
        modules = self._modules(place)
        for module in modules:
            path = place / module
            path.write_text(with_native_records(with_quoted_annotations(path.read_text())))
        opt_level = os.environ.get("MYPYC_OPT_LEVEL", "2")
        (place / "mypy.ini").write_text(MYPY.format(cache=place / "cache"))
        (place / "setup.py").write_text(SETUP.format(modules=modules, opt_level=opt_level))
        subprocess.run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=place, check=True)

    def _modules(self, place: Path) -> list[str]:
        """The files that pyproject.toml names, or names a pattern of."""
        modules = []
        for pattern in self.config["modules"]:
            found = sorted(path.relative_to(place).as_posix() for path in place.glob(pattern))
            if not found:
                raise FileNotFoundError(f"pyproject.toml names modules to compile that are not there: {pattern}")
            modules += found
        return [module for module in modules if module not in self.config["left_out"]]


def with_quoted_annotations(source: str) -> str:
    """The source with the fields of its declared records annotated by text: mypyc keeps that, but of `Annotated` only the bare type."""
    lines = source.encode().split(b"\n")
    for field in declared_fields(ast.parse(source)):
        hint = field.annotation
        line, start, end = hint.lineno - 1, hint.col_offset, hint.end_col_offset
        lines[line] = lines[line][:start] + f'"{ast.unparse(hint)}"'.encode() + lines[line][end:]
    return b"\n".join(lines).decode()


def declared_fields(module: ast.Module) -> Iterator[ast.AnnAssign]:
    for record in ast.walk(module):
        if isinstance(record, ast.ClassDef):
            decorators = {ast.unparse(decorator).split("(")[0] for decorator in record.decorator_list}
            if decorators & DECLARING:
                yield from (field for field in record.body if isinstance(field, ast.AnnAssign))


def with_native_records(source: str) -> str:
    """The source with its rows and operations as plain classes, which mypyc makes native: dataclasses it leaves to Python.

    What is written out needs no `dataclass_transform`, which cannot mark a native function.
    """
    source = source.replace("@dataclass_transform()\n", "")
    module = ast.parse(source)
    records = [record for record in module.body if isinstance(record, ast.ClassDef) and _is_native(record)]
    if not records:
        return source
    for record in records:
        place = module.body.index(record)
        module.body[place : place + 1] = ast.parse(native_record(record)).body
    module.body[1:1] = ast.parse(NEEDED_BY_NATIVE).body  # behind the docstring
    return ast.unparse(module)


def _is_native(record: ast.ClassDef) -> bool:
    return bool(record.decorator_list) and [ast.unparse(base) for base in record.bases] in (["Row"], ["Operation"])


def native_record(record: ast.ClassDef) -> str:
    """A record written out: its fields, how they are set, and all of them as a tuple. `declare_native` adds what Python knows of a dataclass."""
    doc = ast.get_docstring(record, clean=False)
    body = record.body[1:] if doc else record.body
    fields = [part for part in body if isinstance(part, ast.AnnAssign) and not _is_constant(part)]
    rest = [part for part in body if part not in fields]
    names = [ast.unparse(field.target) for field in fields]
    arguments = "".join(f", {ast.unparse(field)}" for field in fields)
    shape = ", ".join(f"({', '.join(_shape(field))})" for field in fields)
    decorators = [ast.unparse(decorator) for decorator in record.decorator_list]
    lines = [
        f"class {record.name}({ast.unparse(record.bases[0])}):",
        "    __dataclass_fields__: ClassVar[dict[str, Any]] = {}",
        *(f"    {name}: {ast.unparse(field.annotation)}" for name, field in zip(names, fields, strict=True)),
        f"    def __init__(self{arguments}) -> None:",
        *(f"        self.{name} = {name}" for name in names),
        "        pass",
        "    def values(self) -> tuple[Any, ...]:",
        f"        return ({''.join(f'self.{name}, ' for name in names)})",
        f"declare_native({record.name}, {doc!r}, [{shape}])",
        *(f"{decorator}({record.name})" for decorator in decorators if not decorator.startswith("dataclass")),
    ]
    made = ast.parse("\n".join(lines))
    written: Any = made.body[0]
    written.body += rest
    return ast.unparse(made)


def _is_constant(part: ast.AnnAssign) -> bool:
    return ast.unparse(part.annotation).startswith("ClassVar")


def _shape(field: ast.AnnAssign) -> list[str]:
    parts = [repr(ast.unparse(field.target)), ast.unparse(field.annotation)]
    return parts if field.value is None else [*parts, ast.unparse(field.value)]
