"""What recovering an account finds, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recovered:
    """Something of this account that was found again.

    Parameters
    ----------
    what : str
        ``purchase``, ``order``, ``listing``, ``sale``, ``submission``, ``bounty``, ``seat``, ``attestation``,
        ``proved bounty``, ``committed model``.
    name : str
        Its id, or the number of the seat.
    state : str
    due : str, optional
        What is to be done next.
    file : Path, optional
        Where its file was written.
    problem : str, optional
        Why it could not be rebuilt.
    """

    what: str
    name: str
    state: str
    due: str = ""
    file: Path | None = None
    problem: str | None = None
