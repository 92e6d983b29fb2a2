"""Settings: precedence, problems, and the example file."""

from dataclasses import fields
from pathlib import Path

import pytest

from marketplace.config import PREFIX, Settings, load_settings
from marketplace.errors import ConfigError

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_load_settings__nothing_given__has_absolute_defaults(tmp_path):
    settings = load_settings(environ={}, env_file=tmp_path / ".env")
    assert settings.home == Path.home() / ".tessera"
    assert settings.store_path == settings.home / "store"
    assert settings.deployment_path(5) == settings.home / "deployments" / "5.json"
    assert settings == Settings()


def test_load_settings__all_three_sources__option_before_environment_before_file(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# words\nexport TESSERA_WALLET='file'\nTESSERA_CONFIRMATIONS=3\nOTHER=1\n\n")
    environ = {"TESSERA_WALLET": "environment", "TESSERA_RPC_URL": "https://node.example/v3"}
    options = {"rpc_url": "http://option:1", "home": str(tmp_path), "wallet": None}
    settings = load_settings(options, environ=environ, env_file=file)
    assert settings.rpc_url == "http://option:1"
    assert settings.wallet == "environment"
    assert settings.confirmations == 3
    assert settings.home == tmp_path


def test_load_settings__empty_value__counts_as_not_given(tmp_path):
    assert load_settings(environ={"TESSERA_STORE": " "}, env_file=tmp_path / ".env").store is None


def test_load_settings__several_problems__one_error_names_all(tmp_path):
    file = tmp_path / ".env"
    file.write_text("TESSERA_CONFIRMATIONS=0\nnonsense\n")
    environ = {"TESSERA_RPC_URL": "ftp://key@x", "TESSERA_PASWORD_FILE": "x", "TESSERA_WALLET": "../x"}
    with pytest.raises(ConfigError) as caught:
        load_settings({"max_fee_gwei": "many"}, environ=environ, env_file=file)
    message = str(caught.value)
    for part in (
        "TESSERA_CONFIRMATIONS",
        "line 2",
        "TESSERA_RPC_URL",
        "TESSERA_PASWORD_FILE (environment): there is no such setting",
        "TESSERA_WALLET",
        "max_fee_gwei",
    ):
        assert part in message
    assert "key@x" not in message


def test_repr__password_file__is_not_shown(tmp_path):
    settings = load_settings({"password_file": tmp_path / "hush"}, environ={}, env_file=tmp_path / ".env")
    assert "hush" not in repr(settings)


def test_env_example__compared_with_the_fields__has_each_with_its_words():
    lines = EXAMPLE.read_text("utf-8").splitlines()
    named = [line.removeprefix("#").split("=")[0] for line in lines if line.startswith(f"#{PREFIX}")]
    assert named == [PREFIX + item.name.upper() for item in fields(Settings)]
    for item in fields(Settings):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"#{PREFIX}{item.name.upper()}="))
        assert lines[at - 1] == f"# {item.metadata['about']}"


def test_env_example__uncommented__is_the_defaults(tmp_path, monkeypatch):
    text = EXAMPLE.read_text("utf-8").replace(f"#{PREFIX}", PREFIX)
    (tmp_path / ".env").write_text(text, "utf-8")
    assert load_settings(environ={}, env_file=tmp_path / ".env") == Settings()
