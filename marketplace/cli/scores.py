"""How scores and metrics are written."""

from __future__ import annotations

import re
from typing import Any

import click

from marketplace.constants import SCORE_ONE

METRICS = ("accuracy", "balanced-accuracy", "absolute-error", "squared-error")
"""Names of the metrics; the first is metric 1 of docs/models.md."""

_SCORE = re.compile(r"(0|1)?(?:\.(\d{1,9}))?")
_DIGITS = 9


class Score(click.ParamType):
    """A score from 0 to 1 with at most nine decimals, given as parts of SCORE_ONE."""

    name = "score"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it; a malformed one is a usage error."""
        if isinstance(value, int):
            return value
        found = _SCORE.fullmatch(value.strip())
        if found is None or not any(found.groups()):
            self.fail(f"{value[:40]!r} is no score; write it like 0.95", param, ctx)
        parts = int(found[1] or 0) * SCORE_ONE + int((found[2] or "0").ljust(_DIGITS, "0"))
        if parts > SCORE_ONE:
            self.fail(f"{value[:40]} is more than 1, the score of a perfect model", param, ctx)
        return parts


SCORE = Score()


def show_score(score: int) -> str:
    """Show parts of SCORE_ONE as a number from 0 to 1, every digit."""
    return f"{score // SCORE_ONE}.{score % SCORE_ONE:0{_DIGITS}d}"


def metric_name(metric: int) -> str:
    """Return a metric's name as commands take it."""
    return METRICS[metric - 1]
