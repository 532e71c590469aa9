"""Files of private keys, which only their owner may read."""

import stat
from pathlib import Path

from node.settings import ConfigError


class UnsafeKeyFile(ConfigError):
    code = "unsafe_key_file"
    text = "{path}: {reason}"


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
