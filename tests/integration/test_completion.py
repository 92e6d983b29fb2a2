"""The shell really completes: bash is asked, as a terminal would ask it."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from marketplace.cli import cli
from marketplace.constants import SCRYPT_N_LIGHT
from marketplace.crypto.keystore import Keystore

BIN = Path(sys.executable).parent


def script(shell):
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0, result.output
    return result.stdout


def ask_bash(line, home):
    """Let bash complete a line by the function that the script registers."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    program = f"""
{script("bash")}
COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
_tessera_completion tessera "${{COMP_WORDS[COMP_CWORD]}}" x
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    environ = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home)}
    before = used_by_children()
    done = subprocess.run(["bash", "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert used_by_children() - before < 5
    return done.stdout.split()


def used_by_children():
    """Return seconds of the processor: other tests on this computer do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tessera wal", {"wallet"}),
        ("tessera wallet re", {"restore", "recover"}),
        ("tessera order create --ag", {"--again"}),
        ("tessera completion f", {"fish"}),
        ("tessera vault approve Ex", {"exchange"}),
    ],
)
def test_bash__asked__completes(tmp_path, line, expected):
    assert set(ask_bash(line, tmp_path)) == expected


def test_bash__wallet_option__knows_the_wallets(tmp_path):
    Keystore(tmp_path / ".tessera" / "wallets", SCRYPT_N_LIGHT).create("carol", "pw")
    assert ask_bash("tessera vault show --wallet ca", tmp_path) == ["carol"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script__each_shell__is_accepted_by_it(shell, tmp_path):
    text = script(shell)
    assert "_TESSERA_COMPLETE" in text
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")  # tools/test.py says so
    (tmp_path / "script").write_text(text)
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True, env=dict(os.environ))


def test_completion__other_shell__exits_2():
    assert CliRunner().invoke(cli, ["completion", "csh"]).exit_code == 2
