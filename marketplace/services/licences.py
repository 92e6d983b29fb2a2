"""SPDX licence ids, checked before one becomes public."""

from __future__ import annotations

from difflib import get_close_matches

from marketplace.errors import DataError

OWN = "LicenseRef-"
"""Begins the name of terms that are not in SPDX's list."""


def require_spdx(licence: str) -> None:
    """Refuse an id that is not in SPDX's list, nor a reference to terms of one's own.

    Manifests of others are not held to it: lists age, and theirs may be newer.

    Raises
    ------
    DataError
        With ids that look alike.
    """
    if licence.startswith(OWN):
        return
    from license_expression import get_spdx_licensing  # takes a tenth of a second

    known = [key for key in get_spdx_licensing().known_symbols if not key.startswith(OWN)]
    if licence in known:
        return
    by_lower = {key.lower(): key for key in known}
    near = [by_lower[key] for key in get_close_matches(licence.lower(), by_lower, n=3, cutoff=0.6)]
    like = f"did you mean {', '.join(near)}? " if near else ""
    raise DataError(
        f"not an SPDX licence id: {licence[:60]!r}",
        f"{like}see https://spdx.org/licenses/, or use {OWN} and a name of your own",
    )
