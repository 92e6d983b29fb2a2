"""How stores are named, and where gateways may send us."""

import stat
from pathlib import Path

import pytest

from marketplace.config import Settings, load_settings
from marketplace.errors import ConfigError, StorageError
from marketplace.storage import FolderStore, GatewayStore, KuboStore, open_store
from marketplace.storage.places import check_redirect


def settings(store, tmp_path):
    return load_settings({"home": tmp_path}, environ={"TESSERA_STORE": store}, env_file=tmp_path / ".env")


def test_open_store__nothing_named__is_a_folder_at_home(tmp_path):
    store = open_store(Settings(home=tmp_path))
    assert isinstance(store, FolderStore)
    assert str(store) == f"the folder {tmp_path / 'store'}"


@pytest.mark.parametrize("store", [None, "gateway:https://one.example"])
def test_open_store__home_is_not_there_yet__is_made_for_its_owner_only(store, tmp_path):
    home = tmp_path / "somewhere" / "home"
    open_store(Settings(home=home, store=store))
    for folder in (home.parent, home, home / "store"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_open_store__folder_that_others_use__is_made_as_they_would(tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    open_store(Settings(home=tmp_path / "home", store=tmp_path / "shared"))
    assert (tmp_path / "shared").stat().st_mode == plain.stat().st_mode


def test_open_store__folder__is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = settings("shared/store", tmp_path)
    assert found.store == tmp_path / "shared" / "store" == found.store_path
    assert open_store(found).path == found.store


@pytest.mark.parametrize(
    "address",
    [
        "kubo:http://127.0.0.1:5001",
        "kubo:http://127.0.0.1",
        "kubo:https://node.example/ipfs",
        "kubo:http://[::1]:5001",
        "kubo:/dns/node.example/tcp/443/https",
        "/ip4/127.0.0.1/tcp/5001",
    ],
)
def test_open_store__node__is_a_kubo_store(address, tmp_path):
    found = settings(address, tmp_path)
    store = open_store(found)
    assert isinstance(store, KuboStore)
    assert address.removeprefix("kubo:") in str(store)
    assert found.store_path == tmp_path / "store"
    assert not found.store_path.exists()


def test_open_store__gateways__have_the_folder_as_cache(tmp_path):
    store = open_store(settings("gateway:https://one.example/,https://two.example", tmp_path))
    assert isinstance(store, GatewayStore)
    assert store.urls == ["https://one.example", "https://two.example"]
    assert store.cache.path == tmp_path / "store"
    assert str(store) == "the gateways https://one.example, https://two.example"


def test_open_store__timeout__is_the_setting(tmp_path):
    store = open_store(Settings(home=tmp_path, store="gateway:https://one.example", store_timeout_seconds=7))
    assert store.timeout_seconds == 7


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:5001",
        "ipfs://bafy",
        "kubo:",
        "kubo:5001",
        "kubo:ftp://127.0.0.1",
        "kubo:http://127.0.0.1,http://127.0.0.2",
        "kubo:http://me:secret@127.0.0.1:5001",
        "gateway:",
        "gateway:https://one.example,",
        "gateway:/ip4/127.0.0.1/tcp/8080",
        "gateway:https://one.example?token=secret",
    ],
)
def test_load_settings__no_such_store__is_refused_without_showing_a_secret(text, tmp_path):
    with pytest.raises(ConfigError, match="TESSERA_STORE") as caught:
        settings(text, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("start", "here", "onward"),
    [
        ("https://a.example", "https://a.example/ipfs/x", "https://x.ipfs.a.example/"),
        ("http://a.example", "http://a.example/ipfs/x", "https://a.example/ipfs/x"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/ipfs/x", "http://localhost:2/ipfs/x"),
        ("http://192.168.1.2", "http://192.168.1.2/x", "http://192.168.1.3/x"),
    ],
)
def test_check_redirect__onward_on_the_web__is_fine(start, here, onward):
    check_redirect(start, here, onward)


@pytest.mark.parametrize(
    "onward",
    [
        "http://a.example/ipfs/x",
        "file:///etc/passwd",
        "ftp://a.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://a.LOCALHOST./x",
        "https://me@a.example/x",
        "https://",
        "https://[/x",
    ],
)
def test_check_redirect__inward_or_unsafe__is_refused(onward):
    with pytest.raises(StorageError, match="sends to a place"):
        check_redirect("https://a.example", "https://a.example/ipfs/x", onward)


def test_store_path__for_a_folder_given_by_code__is_that_folder(tmp_path):
    assert Settings(home=tmp_path, store=Path("/srv/store")).store_path == Path("/srv/store")
