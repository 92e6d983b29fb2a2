"""What a killed prover leaves of rows and models is removed by the next, and nothing of a living one."""

import os
import signal
import subprocess
import sys

import pytest

from marketplace.proving.workplace import workplace

HOLD = """
import sys
from pathlib import Path
from marketplace.proving.workplace import workplace
with workplace(Path(sys.argv[1])) as folder:
    (folder / "inputs.json").write_text("rows in the clear")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def prover(tmp_path):
    """Another process that proves; gives it and the name of its folder."""
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process, tmp_path / process.stdout.readline().strip()
        process.kill()


def test_workplace__is_the_owners_alone_and_gone_at_the_end(tmp_path):
    with workplace(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "witness").write_bytes(b"secret")
    assert os.listdir(tmp_path) == []


def test_workplace__of_one_that_lives__stays(tmp_path, prover):
    _, other = prover
    with workplace(tmp_path) as folder:
        assert (other / "inputs.json").exists()
        assert folder != other


def test_workplace__of_one_that_was_killed__is_removed(tmp_path, prover):
    process, other = prover
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (other / "inputs.json").exists()
    with workplace(tmp_path):
        assert not other.exists()
