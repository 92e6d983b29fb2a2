"""C code, compiled when the package is installed; callers do without it where there is no compiler."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any


def load_library(name: str, declared: str) -> tuple[Any, Any] | None:
    """Load a library that was compiled from the C file of the same name.

    Parameters
    ----------
    name : str
        Without ending.
    declared : str
        Its functions, as C declares them.

    Returns
    -------
    tuple of (FFI, library), or None
        None where it was not compiled, or for another machine.
    """
    from cffi import FFI  # only for those who need it

    ffi = FFI()
    ffi.cdef(declared)
    paths = [Path(__file__).parent / f"{name}{suffix}" for suffix in EXTENSION_SUFFIXES]
    try:
        return ffi, ffi.dlopen(str(next(path for path in paths if path.is_file())))
    except (StopIteration, OSError):
        return None
