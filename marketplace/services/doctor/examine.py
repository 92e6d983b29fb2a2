"""The examination: one part after the other; what can't be examined is a finding too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from marketplace.config import Settings
from marketplace.errors import MarketplaceError
from marketplace.services.doctor import chain, content, local, money
from marketplace.services.doctor.finding import Finding, wrong

Check = Callable[[Settings], Iterator[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("program", local.check_program),
    ("settings", local.check_settings),
    ("home", local.check_home),
    ("wallet", local.check_wallet),
    ("limits", local.check_limits),
    ("node", chain.check_node),
    ("contracts", chain.check_deployment),
    ("store", content.check_store),
    ("journal", chain.check_journal),
    ("index", content.check_index),
    ("listings", content.check_listings),
    ("money", money.check_money),
)
"""Name and examination of each part, in the order in which they build on each other."""

NEEDS = {
    "limits": ("wallet",),
    "contracts": ("node",),
    "journal": ("node", "wallet"),
    "index": ("node", "contracts", "store"),
    "listings": ("node", "contracts", "store", "wallet"),
    "money": ("node", "contracts", "store", "wallet"),
}
"""Parts without which another can't be examined: it is left out then."""


def examine(settings: Settings, on_part: Callable[[str], object] | None = None) -> list[Finding]:
    """Examine every part; nothing is sent, and nothing changed but a probe in the store, which is removed.

    Parameters
    ----------
    settings : Settings
        Pointed at the node to examine.
    on_part : callable (str), optional
        Told of each part before it is examined.

    Returns
    -------
    list of Finding
    """
    found: list[Finding] = []
    blind: set[str] = set()
    for part, check in CHECKS:
        if blind & set(NEEDS.get(part, ())):
            blind.add(part)
            continue
        if on_part is not None:
            on_part(part)
        try:
            found += check(settings)
        except MarketplaceError as error:
            found.append(wrong(part, str(error), error.hint))
            blind.add(part)
        except Exception as error:  # an examination ends with a finding, whatever it meets
            text = f"could not be examined: {type(error).__name__}: {str(error)[:120]}"
            found.append(wrong(part, " ".join(text.split()), "please report this line"))
            blind.add(part)
    return found
