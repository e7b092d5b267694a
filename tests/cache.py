"""What tests fetch and keep outside of the checkout: in folders that are there whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_DONE = "complete"  # made last; names all files


def home_of_tests() -> Path:
    """Return the folder of all that is kept."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "affetto-tests"
    home.mkdir(parents=True, exist_ok=True)
    return home


def kept(name: str, content: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache, made now unless it is there whole.

    Parameters
    ----------
    name, content : str
        What it is, and all that says what is in it: the folder's name is made of both.
    make : callable
        Fills an empty folder, which goes to its place only then.
    """
    home = home_of_tests()
    path = home / f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete(path):
            shutil.rmtree(path, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=home, prefix="making-") as folder:
                new = Path(folder) / "new"
                new.mkdir()
                make(new)
                (new / _DONE).write_text("\n".join(_files(new)))
                new.rename(path)
    return path


def is_complete(path: Path) -> bool:
    """Whether all files are there that were there when the folder was made."""
    try:
        names = (path / _DONE).read_text().splitlines()
    except OSError:
        return False
    return all(os.path.lexists(path / name) for name in names)


def _files(path: Path) -> Iterator[str]:
    """Yield the names of all files below a folder, as seen from there."""
    for folder, _, names in os.walk(path):
        yield from (os.path.relpath(os.path.join(folder, name), path) for name in names)
