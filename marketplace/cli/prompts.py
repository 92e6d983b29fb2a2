"""What is asked for: secrets, of which nothing is shown, and whether to go on.

Where there is no terminal an answer is a line of standard input, which may be endless, or no text.
"""

from __future__ import annotations

import sys

import click

from marketplace.constants import MAX_SECRET_BYTES
from marketplace.errors import MarketplaceError

MOST_TRIES = 10
"""Answers that are none: after so many nobody sits there, and a program may go on for ever."""

SHORT_PASSWORD = 8
"""Fewer characters are guessed in days, whatever the encryption costs a guess."""


def ask_secret(prompt: str) -> str:
    """Ask for a secret, until one is given; it is not shown.

    Raises
    ------
    click.Abort
        If none is given.
    MarketplaceError
        If it is no text, or endless.
    """
    for _ in range(MOST_TRIES):
        answer = _hidden(prompt) if _has_terminal() else _line(prompt)
        if answer:
            return _as_text(answer)
        click.echo("nothing was typed: once more", err=True)
    raise click.Abort


def ask_new_password() -> str:
    """Ask twice for the password of a new wallet; a short one is taken, and called that.

    Raises
    ------
    click.Abort, MarketplaceError
        As `ask_secret`.
    """
    for _ in range(MOST_TRIES):
        password = ask_secret("Password")
        if ask_secret("Repeat for confirmation") == password:
            break
        click.echo("these were not the same: once more", err=True)
    else:
        raise click.Abort
    if len(password) < SHORT_PASSWORD:
        said = f"note: a password of {len(password)} characters is soon guessed by who has the wallet's file"
        click.echo(said, err=True)
    return password


def agrees(question: str) -> bool:
    """Ask whether to go on; whatever is not yes is no.

    Raises
    ------
    click.Abort, MarketplaceError
        As `ask_secret`.
    """
    if sys.stdin.isatty():
        return click.confirm(question, default=False, err=True)
    return _line(f"{question} [y/N]").strip().lower() in ("y", "yes")


def _hidden(prompt: str) -> str:
    # with a default of nothing, nothing is an answer too: click would ask again without a word
    return str(click.prompt(prompt, default="", show_default=False, hide_input=True, err=True))


def _line(prompt: str) -> str:
    click.echo(f"{prompt}: ", nl=False, err=True)
    try:
        line = sys.stdin.readline(MAX_SECRET_BYTES)
    except UnicodeDecodeError as error:
        raise _no_text() from error
    click.echo(err=True)
    if not line:
        raise click.Abort
    if len(line) == MAX_SECRET_BYTES:
        raise MarketplaceError("the line on standard input has no end", _TYPE_IT)
    return line.rstrip("\r\n")


def _as_text(answer: str) -> str:
    """Refuse what has no bytes in UTF-8: Python keeps other bytes in a form of its own."""
    try:
        answer.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _no_text() from error
    return answer


def _no_text() -> MarketplaceError:
    return MarketplaceError("what was typed is no text in UTF-8", _TYPE_IT)


_TYPE_IT = "answer at the prompt, or name a file: see --help"


def _has_terminal() -> bool:
    """Whether somebody can be asked without what he types being shown: Python would warn if not."""
    if sys.stdin.isatty():
        return True
    try:
        with open("/dev/tty", "rb"):
            return True
    except OSError:
        return False
