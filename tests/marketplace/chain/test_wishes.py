"""How long a wish of which nobody was told is remembered."""

import pytest
from sqlalchemy import text
from test_finished import ME, NETWORK, pending, process, sent

from marketplace.chain import finished
from marketplace.chain.finished import REMEMBERED_SECONDS

OLD_TABLE = (
    "CREATE TABLE wishes (network TEXT, sender TEXT, intent TEXT, PRIMARY KEY (network, sender, intent))"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now = finished._now()

    def at(seconds):
        monkeypatch.setattr(finished, "_now", lambda: now + seconds)

    at(0)
    return at


def rows(journal):
    return journal.read(
        lambda connection: list(connection.execute(text("SELECT intent FROM wishes")).scalars())
    )


def test_take__wish_of_last_week__is_the_same_one(path, later):
    process(path)[0].begin("deposit:40:3")
    later(REMEMBERED_SECONDS - 1)
    assert process(path)[0].take("deposit:40") == "deposit:40:3"


def test_take__wish_of_long_ago__is_another(path, later):
    process(path)[0].begin("deposit:40:3")
    later(REMEMBERED_SECONDS)
    assert process(path)[0].take("deposit:40") is None


def test_begin__wishes_of_long_ago__are_deleted(path, later):
    one, journal, _ = process(path)
    for number in range(5):
        one.begin(f"deposit:{number}:0")
    later(REMEMBERED_SECONDS)
    process(path)[0].begin("join:1")
    assert rows(journal) == ["join:1"]


def test_take__wish_of_long_ago_is_still_pending__is_the_same_one(path, later):
    one, journal, _ = process(path)
    one.begin("deposit:40:3")
    sent(journal, "deposit:40:3")
    later(REMEMBERED_SECONDS)
    assert process(path)[0].take("deposit:40") == "deposit:40:3"
    assert pending(journal) == ["deposit:40:3"]


def test_take__killed_while_the_table_gets_its_column__is_the_same_one(path, later):
    one, journal, _ = process(path)
    one.begin("deposit:40:3")
    journal.write(lambda connection: connection.execute(text("UPDATE wishes SET created = 0")))
    assert process(path)[0].take("deposit:40") == "deposit:40:3"


def test_take__journal_of_an_older_version__its_wishes_count_from_now_on(path, later):
    _, journal, _ = process(path)
    journal.write(lambda connection: connection.execute(text(OLD_TABLE)))
    entered = f"INSERT INTO wishes VALUES ('{NETWORK}', '{ME}', 'deposit:40:3')"
    journal.write(lambda connection: connection.execute(text(entered)))
    assert process(path)[0].take("deposit:40") == "deposit:40:3"
    process(path)[0].begin("join:1")
    assert process(path)[0].take("deposit:40") == "deposit:40:3"
    later(REMEMBERED_SECONDS)
    assert process(path)[0].take("deposit:40") is None
