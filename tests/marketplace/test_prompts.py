"""Answers on standard input that are none: endless, no text, or not what was asked for."""

import io

import click
import pytest

from marketplace.cli import prompts
from marketplace.errors import MarketplaceError


class Endless(io.RawIOBase):
    """Gives the same bytes for ever, as a device or another program may; counts them."""

    def __init__(self, data):
        self.data, self.given = data, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.given += len(buffer)
        assert self.given < 2**24, "read without end"
        whole = self.data * (len(buffer) // len(self.data) + 1)
        buffer[:] = whole[: len(buffer)]
        return len(buffer)


@pytest.fixture
def stdin(monkeypatch):
    """Let standard input be some bytes, or bytes for ever."""
    monkeypatch.setattr(prompts, "_has_terminal", lambda: False)

    def be(data, *, endless=False, errors="strict"):
        raw = io.BufferedReader(Endless(data)) if endless else io.BytesIO(data)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(raw, "utf-8", errors=errors))

    return be


ASKING = pytest.mark.parametrize(
    "ask",
    [lambda: prompts.ask_secret("Password"), prompts.ask_new_password, lambda: prompts.agrees("Go on?")],
)


@ASKING
def test_ask__line_without_end__is_refused_in_bounded_memory(stdin, ask):
    stdin(b"\0", endless=True)
    with pytest.raises(MarketplaceError, match="has no end"):
        ask()


@ASKING
def test_ask__no_text__is_refused(stdin, ask):
    stdin(b"\xff\xfe\n" * 2)
    with pytest.raises(MarketplaceError, match="no text"):
        ask()


@pytest.mark.parametrize("ask", [lambda: prompts.ask_secret("Password"), prompts.ask_new_password])
def test_ask__no_text_let_through_by_python__is_refused(stdin, ask):
    stdin(b"\xff\xfe\n" * 2, errors="surrogateescape")
    with pytest.raises(MarketplaceError, match="no text"):
        ask()


@pytest.mark.parametrize("lines", [b"\n", b"first\nsecond\n"])
def test_ask_new_password__answers_that_are_none_for_ever__ends(stdin, lines):
    stdin(lines, endless=True)
    with pytest.raises(click.Abort):
        prompts.ask_new_password()


@pytest.mark.parametrize(
    ("typed", "agreed"), [("y", True), ("YES", True), ("n", False), ("", False), ("yeah", False)]
)
def test_agrees__whatever_is_not_yes__is_no(stdin, typed, agreed):
    stdin(f"{typed}\n".encode())
    assert prompts.agrees("Go on?") is agreed


def test_agrees__nobody_there__is_no_answer(stdin):
    stdin(b"")
    with pytest.raises(click.Abort):
        prompts.agrees("Go on?")
