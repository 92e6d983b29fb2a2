"""Receipts as a page to print."""

from __future__ import annotations

from html import escape
from typing import Any

from marketplace.services.amounts import show_time


def receipt_page(receipt: dict[str, Any]) -> str:
    """Return a receipt as a page to print: one file, no scripts, nothing is loaded.

    Everything that others wrote is escaped, and the page forbids scripts besides.
    """
    goods = receipt["what"] or {}
    uses = ", ".join(goods.get("uses", ()))
    what = [
        ("What", f"{goods.get('name', '(manifest not at hand)')}"),
        ("Kind", f"{goods.get('kind', '')}, version {goods.get('version', '')}".strip(", ")),
        ("Licence", f"{goods.get('licence', '')}"),
        ("Allowed uses", uses),
        ("File", f"{goods['bytes']:,} bytes" if goods.get("bytes") else ""),
    ]
    who = [("Buyer", receipt["buyer"]), ("Seller", receipt["seller"])]
    facts = [
        ("Order", receipt["order"]),
        ("Asset", receipt["asset"]),
        ("Terms hash", receipt["terms_hash"]),
        ("Manifest, SHA-256", receipt["manifest_sha256"]),
        ("Manifest, CID", receipt["manifest_cid"]),
        ("Content root", receipt["content_root"]),
        ("Encrypted file, CID", goods.get("artifact", "")),
        ("Model hash", goods.get("model_hash") or ""),
        ("Chain", f"{receipt['chain']['id']}, token {receipt['chain']['token']}"),
        ("Exchange", receipt["chain"]["Exchange"]),
    ]
    until = receipt["disputable_until"]
    note = f" · a wrong file can be disproved until {show_time(until)}" if until else ""
    return _PAGE.format(
        title=escape(f"Receipt of order {receipt['order'][:12]}"),
        price=escape(receipt["price"]),
        state=escape(receipt["state"] + note),
        what=_rows(what),
        who=_rows(who, "mono"),
        steps="".join(map(_step_row, receipt["steps"])),
        facts=_rows(facts, "mono"),
        checks="".join(f"<li>{escape(line)}</li>" for line in receipt["check"]),
    )


def _rows(pairs: list[tuple[str, str]], kind: str = "") -> str:
    return "".join(
        f'<tr><th>{escape(name)}</th><td class="{kind}">{escape(text)}</td></tr>'
        for name, text in pairs
        if text
    )


def _step_row(step: dict[str, Any]) -> str:
    return (
        f"<tr><th>{escape(show_time(step['time']))}</th><td>{escape(step['what'])}, block {step['block']}"
        f'<div class="mono">{escape(step["tx_hash"])}</div></td></tr>'
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 18mm; }}
body {{ font: 14px/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 49em; margin: 2em auto;
  padding: 0 1em; }}
h1 {{ font-size: 1.5em; margin: 0; }}
h2 {{ font-size: 1em; margin: 1.6em 0 .3em; border-bottom: 1px solid #bbb; }}
.price {{ font-size: 1.8em; font-weight: 600; margin: .4em 0 0; }}
.state {{ color: #555; }}
table {{ border-collapse: collapse; width: 100%; }}
th {{ text-align: left; font-weight: 400; color: #555; width: 13em; white-space: nowrap; vertical-align: top;
  padding: .15em 1em .15em 0; }}
td {{ padding: .15em 0; overflow-wrap: anywhere; }}
.mono {{ font: 11.5px/1.6 ui-monospace, monospace; overflow-wrap: anywhere; }}
li {{ margin: .2em 0; color: #333; }}
tr, li {{ break-inside: avoid; }}
</style></head><body>
<h1>{title}</h1>
<p class="price">{price} tokens</p>
<p class="state">{state}</p>
<h2>Goods</h2><table>{what}</table>
<h2>Parties</h2><table>{who}</table>
<h2>What happened</h2><table>{steps}</table>
<h2>Facts</h2><table>{facts}</table>
<h2>How to check it</h2><ul>{checks}</ul>
</body></html>
"""
