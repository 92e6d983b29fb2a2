"""The public names exist, are documented, and stand in docs/api.md."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import marketplace

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
NAMES = [name for name in marketplace.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", NAMES)
def test_public_name__exists__is_documented(name):
    value = getattr(marketplace, name)
    assert inspect.getdoc(value), f"{name} has no docstring"
    assert f"| `{name}` |" in API, f"docs/api.md has no line for {name}"


def test_public_name__unknown__attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = marketplace.nothing


def test_api_page__lines__are_the_first_of_the_docstrings():
    for name in NAMES:
        line = inspect.getdoc(getattr(marketplace, name)).splitlines()[0].replace("|", "\\|")
        assert f"| `{name}` | {line} |" in API, f"docs/api.md says something else of {name}: run tools/api.py"


def test_import__package_alone__loads_no_heavy_library():
    code = "import sys, marketplace; print({'web3', 'pandas', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
