#!/usr/bin/env python3
"""Write docs/api.md: the public names of the package, from their docstrings."""

from __future__ import annotations

import inspect
from itertools import groupby
from pathlib import Path

import marketplace

ROOT = Path(__file__).resolve().parent.parent
HEAD = """# The package

`import marketplace` gives these names; the command line uses the same ones. Each has a docstring with units,
shapes and errors: `help(marketplace.order)`. This page is written by `tools/api.py`.

```python
import marketplace as m

settings = m.load_settings()  # option > environment > .env
market = m.Market.connect(settings, m.unlock(settings, password))
listing = m.find_asset(market, "0x3f2a")  # a unique beginning of its id
sale = m.order(market, listing)  # checks the whole ciphertext, then locks the price
m.receive(market, m.load_order(market, sale.order_id), path)  # once the seller has settled
```
"""


def main() -> None:
    """Write the page."""
    lines = [HEAD]
    pairs = [(marketplace._MODULE_OF[name], name) for name in marketplace.__all__ if name != "__version__"]
    for module, names in groupby(sorted(pairs), key=lambda pair: pair[0]):
        lines.append(f"\n## {module}\n\n| name | what |\n|---|---|")
        for _, name in names:
            first = (inspect.getdoc(getattr(marketplace, name)) or "").splitlines()[0]
            lines.append(f"| `{name}` | {first.replace('|', chr(92) + '|')} |")
    (ROOT / "docs" / "api.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
