"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of an examination.

    Parameters
    ----------
    part : str
        What was examined, one word.
    state : State
    says : str
        One line.
    do : str, optional
        What to do about it; never empty when something is wrong.
    """

    part: str
    state: State
    says: str
    do: str = ""


def fine(part: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(part, State.OK, says)


def note(part: str, says: str, do: str) -> Finding:
    """Something to know; not a fault."""
    return Finding(part, State.NOTE, says, do)


def wrong(part: str, says: str, do: str) -> Finding:
    """Something that will make commands fail, or is dangerous."""
    return Finding(part, State.WRONG, says, do)
