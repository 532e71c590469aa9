"""A hook of hatch: compiles the hot modules with mypyc into the wheel (design decision 13; docs/operating.md says how to use it).

It works on a copy of the packages below build/, so no compiled module ever lies beside a source. Which modules are compiled stands in
pyproject.toml.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("chain", "rewards")

SETUP = """\
from mypyc.build import mypycify
from setuptools import setup

setup(
    name="skald-compiled",
    ext_modules=mypycify(
        ["--config-file=mypy.ini", *{modules!r}], opt_level={opt_level!r}, debug_level="0", group_name="skald"
    ),
)
"""

MYPY = """\
[mypy]
ignore_missing_imports = True
cache_dir = {cache}
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
        modules = self.config["modules"]
        missing = [module for module in modules if not (place / module).is_file()]
        if missing:
            raise FileNotFoundError(f"pyproject.toml names modules to compile that are not there: {missing}")
        opt_level = os.environ.get("MYPYC_OPT_LEVEL", "2")
        (place / "mypy.ini").write_text(MYPY.format(cache=place / "cache"))
        (place / "setup.py").write_text(SETUP.format(modules=modules, opt_level=opt_level))
        subprocess.run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=place, check=True)
