"""The systemd units of the documents: nothing in them is unknown to systemd."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
UNITS = re.findall(r"```ini\n# (\S+\.service)\n(.*?)```", (DOCS / "daemons.md").read_text(), re.DOTALL)


def verified(path):
    """Return what systemd says of a unit."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_units__are_there():
    assert [Path(name).name for name, _ in UNITS] == ["tessera-serve.service"]


@pytest.mark.parametrize(("name", "text"), UNITS)
def test_unit__every_line__is_a_setting(name, text):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(text)
    assert unit.sections() == ["Unit", "Service", "Install"]
    assert unit["Service"]["ExecStart"].split()[1:3] == ["serve", "--yes"]
    assert "password" not in unit["Service"]["ExecStart"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize(("name", "text"), UNITS)
def test_unit__verified_by_systemd__it_says_nothing(name, text, tmp_path):
    path = tmp_path / Path(name).name
    path.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE))
    assert verified(path) == (0, "")
    path.write_text(path.read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
    assert "Unknown key" in verified(path)[1]
