"""Stores that fail while somebody buys: an error in one line, no money moved, and the next try goes well."""

import shutil
import threading

import pytest

from marketplace.services.market import Market
from marketplace.storage import FolderStore
from tests.integration.liars import serving
from tests.integration.shell import citizen

PERSON = citizen

HANG_SECONDS = 5


# --- what a gateway or an IPFS node does instead of answering


def refuses(request, _):
    request.whole(b"", status=500)


def has_nothing(request, _):
    request.whole(b"", status=404)


def sends_away(request, _):
    request.whole(b"", status=302, location="http://127.0.0.1:9/elsewhere")


def lies(request, right):
    request.whole(bytes(len(right)))


def cuts_short(request, right):
    request.whole(right[: len(right) // 2])


def hangs_up(request, right):
    request.cut(right[: len(right) // 2], len(right))


def never_ends(request, _):
    request.endless()


def drips(request, right):
    request.drip(right)


def hangs(request, right):
    request.head(content_length=len(right))
    request.put(right[:10])
    request.wfile.flush()
    threading.Event().wait(HANG_SECONDS)


def web_page(request, _):
    request.whole(b"<html>Welcome to the hotel's network</html>", content_type="text/html")


FAULTS = (
    refuses, has_nothing, sends_away, lies, cuts_short, hangs_up, never_ends, drips, hangs, web_page,
)  # fmt: skip


def serve(town, fault=None, good_blocks=0):
    """Return a gateway and IPFS node in one, on the town's store; after some good blocks with a fault."""
    store, given = FolderStore(town.folder / "store"), []

    def answer(request):
        if request.path.startswith("/api/"):
            request.read_body()
        if "format=car" in request.path or "/cat" in request.path:
            request.whole(b"", status=501)
            return
        right = store.block_path(request.cid).read_bytes()
        given.append(request.cid)
        if fault is None or len(given) <= good_blocks:
            request.whole(right)
        else:
            fault(request, right)

    return serving(answer)


@pytest.mark.parametrize("kind", ["gateway", "kubo"])
def test_buyer__store_fails__no_money_moves_and_the_next_try_goes_well(
    town, alice, asset, table, tmp_path, kind, deep, chance, monkeypatch
):
    market, nonce = Market.connect(alice.settings), count(town, alice)
    for fault in FAULTS if deep else chance.sample(FAULTS, 4):
        patience = "1" if fault in (drips, hangs) else "60"
        monkeypatch.setenv("TESSERA_STORE_TIMEOUT_SECONDS", patience)
        for good in (0, 1):  # the manifest, or what is behind it
            shutil.rmtree(alice.settings.home / "store", ignore_errors=True)  # what a gateway gave before
            with serve(town, fault, good) as server:
                words = alice.fails("order", "create", asset, store=f"{kind}:{server.url}")
            assert "127.0.0.1" in words or "block" in words, (fault, words)
            assert count(town, alice) == nonce, fault
    monkeypatch.delenv("TESSERA_STORE_TIMEOUT_SECONDS")
    with serve(town) as server:
        good = {"store": f"{kind}:{server.url}"}
        alice.ok("order", "create", asset, **good)
    assert market.client.call("Vault", "bucketOf", market.address("Exchange"), int(asset, 16)) == 10 * 10**18


def count(town, shell):
    return town.node.web3.eth.get_transaction_count(shell.address)


def damaged(path):
    data = bytearray(path.read_bytes() or b"x")  # the block of an empty file has no byte to damage
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-1])


def longer(path):
    path.write_bytes(path.read_bytes() + b"x")


def removed(path):
    path.unlink()


def folder_instead(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [damaged, truncated, longer, removed, folder_instead])
def test_buyer__block_in_the_folder_is_spoilt__no_money_moves(town, alice, bob, table, tmp_path, spoil):
    own = tmp_path / "store"
    asset = bob.json("asset", "publish", table, "--price", "10", "--bond", "0", "--name", spoil.__name__)[
        "asset"
    ]
    nonce = count(town, alice)
    for path in sorted((town.folder / "store" / "blocks").rglob("baf*")):
        target = own / path.relative_to(town.folder / "store")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (own / "tmp").mkdir()
    for path in list((own / "blocks").rglob("baf*")):
        if path.read_bytes()[:1] != b"{":  # the manifests stay: it is the file that can't be had
            spoil(path)
    alice.fails("order", "create", asset, store=own)
    assert count(town, alice) == nonce
    alice.ok("order", "create", asset)
