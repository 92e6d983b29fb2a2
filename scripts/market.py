"""Put a local market in place: ``run("market")`` in ``brownie console``, or ``brownie run market``.

A dataset and a model are for sale, one order waits for its key, a bounty takes submissions, evaluators have
their seats. In the console, ``m = run("market")`` gives it to play with (docs/brownie.md).
"""

from scripts.helpers import local_market


def main():
    """Put the market in place, show it, and return it."""
    market = local_market(quiet=False)
    print(f"\n{market!r}")
    return market
