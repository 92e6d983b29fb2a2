"""Values of options: amounts of tokens and lengths of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from marketplace.errors import MarketplaceError


class Amount(click.ParamType):
    """An amount of whole tokens, given as token base units."""

    name = "tokens"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it; a malformed one is a usage error."""
        from marketplace.services.amounts import parse_tokens

        return value if isinstance(value, int) else _usage(self, parse_tokens, value, param, ctx)


class Length(click.ParamType):
    """A length of time such as 90s, 10m, 2h or 1d, given as seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it; a malformed one is a usage error."""
        from marketplace.services.amounts import parse_seconds

        return value if isinstance(value, int) else _usage(self, parse_seconds, value, param, ctx)


AMOUNT, LENGTH = Amount(), Length()

COUNT, PLACE = click.IntRange(1, 2**31 - 1), click.IntRange(0, 2**31 - 1)
"""How many of a list, and from which on; every database counts so far."""


def _usage(
    kind: click.ParamType,
    read: Callable[[str], int],
    value: str,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> int:
    try:
        return read(value)
    except MarketplaceError as error:
        kind.fail(f"{error}; {error.hint}", param, ctx)
