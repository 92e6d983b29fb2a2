"""The programs of tools/, for tests: each is loaded by its file, as a module."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "tools"


def load(name):
    """Return the module of a tool; it finds its neighbours, as when it is run."""
    spec = importlib.util.spec_from_file_location(f"tool_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    before = sys.path[:]
    sys.path.insert(0, str(FOLDER))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before
    return module
