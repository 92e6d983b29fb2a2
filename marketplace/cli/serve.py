"""``tessera serve``: a seller's delivery, by itself."""

from __future__ import annotations

from typing import Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.daemon import daemon, serve_role


@click.command("serve")
@daemon
@shared
def serve(app: App, **options: Any) -> None:
    """Deliver what you sell, by itself: settle paid orders, collect matured income. Ends when stopped.

    Checks of each order: the list of buyers, its lock, and that its key can't be published too late. Many
    orders are settled at once. Killed at any moment it goes on when started again.

    \b
    tessera serve --yes
    tessera serve --yes --once
    tessera serve --yes --json --listen 127.0.0.1:9100
    """
    from marketplace.node.seller import Seller

    will = "hand over the keys of orders that are paid, and collect their income"
    serve_role(app, "serve", Seller, will, **options)
