"""``tessera doctor --repair``: what it says, asks and does, what it leaves alone, and being killed in it."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.daemons import environment
from tests.integration.shell import citizen

PERSON = citizen

EDIT = "DELETE FROM tessera_events WHERE id = (SELECT max(id) FROM tessera_events)"
KILLED = -9
SAMPLE = 2

CHILD = """
import atexit, os, signal, sys
from sqlalchemy.engine.default import DefaultDialect

last, done, commit = {last}, 0, DefaultDialect.do_commit


def count(dialect, connection):
    global done
    done += 1
    if done == last and {before}:
        os.kill(os.getpid(), signal.SIGKILL)
    commit(dialect, connection)
    if done == last:
        os.kill(os.getpid(), signal.SIGKILL)


atexit.register(lambda: print("commits:", done, file=sys.stderr))


DefaultDialect.do_commit = count
from marketplace.cli import main
main()
"""


@pytest.fixture
def kept(bob, table):
    """A home with a listing, a journal, a draft, and an index of what happened."""
    bob.ok("asset", "publish", table, "--price", "10", "--bond", "2", "--name", "Patients of Bern")
    draft = bob.settings.home / "work" / "a draft"
    draft.write_text("what nobody else has")
    bob.ok("asset", "list")
    bob.ok("index", "sync")
    return bob


def edit(shell, statement=EDIT):
    with sqlite3.connect(shell.settings.index_path) as connection:
        connection.execute(statement)
    connection.close()


def rows_of(path):
    """Return what a database holds: its bytes change when what was written is moved into its main file."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def others(shell):
    """Return all files of a home that are no index, with their bytes; of a database, with its rows."""
    top = shell.settings.home
    found = {
        path.relative_to(top): rows_of(path) if path.suffix == ".db" else path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file()
        and not path.name.startswith("index.db")
        and path.suffix not in (".db-wal", ".db-shm")
    }
    assert {Path("journal.db"), Path("work/a draft")} <= set(found)
    return found


def advice(shell):
    """Return what doctor advises."""
    examined = shell.run("doctor", "--json")
    assert examined.exit_code == 1
    return " ".join(one["do"] for one in json.loads(examined.stdout) if one["part"] == "index")


def test_repair__sound__does_nothing(kept):
    assert "nothing to mend" in kept.ok("doctor", "--repair")


def test_repair__edited__says_what_it_does_and_asks(kept):
    before = others(kept)
    edit(kept)
    assert "tessera doctor --repair" in advice(kept)
    assert "tessera doctor --repair" in kept.fails("index", "status", "--check")
    asked = kept.run("doctor", "--repair", answer="n\n")
    assert asked.exit_code == 1
    for told in (
        "events of block",
        "To mend it:",
        "1. delete",
        "2. read the events again",
        "nothing was done",
    ):
        assert told in asked.output
    assert kept.json("doctor", "--repair")["damage"] == "rows"
    assert "sound" in kept.ok("index", "status", "--check")
    assert kept.json("doctor", "--repair")["damage"] == "none"
    assert others(kept) == before


@pytest.mark.parametrize(
    "damage",
    ["not a database", "cut off", "version", "DROP TABLE tessera_events", "DROP TABLE tessera_facts"],
)
def test_repair__file_or_tables_damaged__are_made_anew(kept, damage):
    before, path = others(kept), kept.settings.index_path
    edit(kept, "PRAGMA wal_checkpoint(TRUNCATE)")  # else what is beside the file makes up for it
    if damage == "not a database":
        path.write_bytes(b"once upon a time" * 1000)
    elif damage == "cut off":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "version":
        edit(kept, "UPDATE tessera_facts SET value = '0'")
    else:
        edit(kept, damage)
    spoilt = path.read_bytes()
    assert "tessera doctor --repair" in advice(kept)
    mended = kept.json("doctor", "--repair")
    assert mended["damage"] == ("file" if damage in ("not a database", "cut off") else "tables")
    if mended["damage"] == "file":
        assert path.with_name("index.db.damaged-1").read_bytes() == spoilt
    assert "sound" in kept.ok("index", "status", "--check")
    assert others(kept) == before


def test_repair__index_is_the_journal_or_another_s_file__is_left_alone(kept, tmp_path):
    journal = kept.settings.journal_path
    with sqlite3.connect(tmp_path / "recipes.db") as other:
        other.execute("CREATE TABLE recipes (name text)")
    other.close()
    for path in (journal, tmp_path / "recipes.db"):
        before = path.read_bytes()
        assert "not an index" in kept.fails("doctor", "--repair", index_url=f"sqlite:///{path}")
        assert path.read_bytes() == before


def test_repair__no_index__says_so(kept):
    assert "switched off" in kept.fails("doctor", "--repair", index_url="off")


def repair_in_a_process(shell, last=0, before=False):
    """Repair; die at a commit. Return the exit code and the number of commits."""
    command = [sys.executable, "-c", CHILD.format(last=last, before=before), "doctor", "--repair", "--yes"]
    done = subprocess.run(
        command,
        env=environment(shell.settings),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, KILLED), done.stderr
    return done.returncode, int(done.stderr.rpartition("commits:")[2] or 0) if done.returncode == 0 else 0


@pytest.mark.slow
@pytest.mark.parametrize("statement", [EDIT, "UPDATE tessera_facts SET value = '0'"])
def test_repair__killed_anywhere__is_done_by_the_next(kept, statement, deep, chance, tmp_path):
    edit(kept, statement)
    home, copy = kept.settings.home, tmp_path / "edited"
    shutil.copytree(home, copy)
    _, commits = repair_in_a_process(kept)
    points = [(last, before) for last in range(1, commits + 1) for before in (True, False)]
    for last, before in points if deep else chance.sample(points, SAMPLE):
        shutil.rmtree(home)
        shutil.copytree(copy, home)
        assert repair_in_a_process(kept, last, before)[0] == KILLED, f"{last} of {commits}"
        kept.ok("doctor", "--repair")
        assert "sound" in kept.ok("index", "status", "--check")
        assert "Patients of Bern" in kept.ok("asset", "list", "--mine")
