"""Secrets that are asked for: nothing is shown, and why an answer is not taken is said."""

from __future__ import annotations

import sys

import click

SHORT_PASSWORD = 8
"""Fewer characters are guessed in days, whatever the encryption costs a guess."""


def ask_secret(prompt: str) -> str:
    """Ask for a secret, until one is given; it is not shown.

    Where there is no terminal it is a line of standard input.
    """
    while True:
        answer = _hidden(prompt) if _has_terminal() else _line(prompt)
        if answer:
            return answer
        click.echo("nothing was typed: once more", err=True)


def ask_new_password() -> str:
    """Ask twice for the password of a new wallet; a short one is taken, and called that."""
    password = ask_secret("Password")
    while ask_secret("Repeat for confirmation") != password:
        click.echo("these were not the same: once more", err=True)
        password = ask_secret("Password")
    if len(password) < SHORT_PASSWORD:
        said = f"note: a password of {len(password)} characters is soon guessed by who has the wallet's file"
        click.echo(said, err=True)
    return password


def _hidden(prompt: str) -> str:
    # with a default of nothing, nothing is an answer too: click would ask again without a word
    return str(click.prompt(prompt, default="", show_default=False, hide_input=True, err=True))


def _line(prompt: str) -> str:
    click.echo(f"{prompt}: ", nl=False, err=True)
    line = sys.stdin.readline()
    click.echo(err=True)
    if not line:
        raise click.Abort
    return line.rstrip("\r\n")


def _has_terminal() -> bool:
    """Whether somebody can be asked without what he types being shown: Python would warn if not."""
    if sys.stdin.isatty():
        return True
    try:
        with open("/dev/tty", "rb"):
            return True
    except OSError:
        return False
