"""Files that are whole or not there: what a process that died left, and what one that lives has open."""

import os
import signal
import subprocess
import sys

from marketplace.crypto.files import atomic_writer

WRITER = """
import sys, time
from pathlib import Path
from marketplace.crypto.files import atomic_writer
with atomic_writer(Path(sys.argv[1])) as sink:
    sink.write(b"a secret of the process that dies")
    sink.flush()
    print("written", flush=True)
    time.sleep(600)
"""


def writing(path):
    """Start a process that has begun to write a file."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"written\n"
    return process


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_atomic_writer__killed__nothing_is_left_when_it_is_written_again(tmp_path):
    path, other = tmp_path / "table.csv", tmp_path / ".other.csv.abc.tmp"
    other.write_bytes(b"of another file")
    process = writing(path)
    process.send_signal(signal.SIGKILL)
    process.wait(120)
    assert len(names(tmp_path)) == 2
    with atomic_writer(path) as sink:
        sink.write(b"whole")
    assert names(tmp_path) == [other.name, "table.csv"]
    assert path.read_bytes() == b"whole"
    assert path.stat().st_mode & 0o777 == 0o600


def test_atomic_writer__another_process_is_writing__is_left_alone(tmp_path):
    path = tmp_path / "ta[b]le*.csv"
    process = writing(path)
    try:
        with atomic_writer(path) as sink:
            sink.write(b"whole")
        assert len(names(tmp_path)) == 2
    finally:
        process.terminate()
        process.wait(120)


def test_atomic_writer__two_in_one_process__each_has_its_own(tmp_path):
    path = tmp_path / "table.csv"
    with atomic_writer(path) as first:
        first.write(b"first")
        with atomic_writer(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["table.csv"]


def test_atomic_writer__many_at_once__one_wins_and_none_fails(tmp_path):
    path = tmp_path / "table.csv"
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for _ in range(20):
                    with atomic_writer(path) as sink:
                        sink.write(bytes([number]) * 1000)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    codes = {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}
    assert codes == {0}
    assert len(set(path.read_bytes())) == 1
    assert names(tmp_path) == ["table.csv"]
