"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

from marketplace.cli.common import App
from marketplace.errors import DataError


def require_writable(app: App, path: Path) -> None:
    """Ask before a file is overwritten; refuse a folder that is not there, before any work is done.

    Raises
    ------
    DataError
        If the file can't be written.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise DataError(f"can't write {path}", "name a file in a folder that exists")
    if path.exists():
        app.confirm(f"Overwrite {path}.")
