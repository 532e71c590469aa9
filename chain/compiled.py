"""Whether the hot modules run as native code (docs/operating.md). What they do is the same; only how fast they do it differs."""

from typing import Final

from chain import __version__
from rewards import intmath

IS_COMPILED: Final = not intmath.__file__.endswith(".py")

SOFTWARE: Final = f"{__version__} (compiled)" if IS_COMPILED else __version__
"""The version of this software, as people are told."""
