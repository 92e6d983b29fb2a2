"""Settings: the only module that reads the environment.

Each setting may be given as an option, as an environment variable ``TESSERA_<NAME>``, or in a ``.env``
file; the first of these wins. There is no setting for a secret: a password is asked for or
comes from a file (``TESSERA_PASSWORD_FILE``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marketplace.constants import MAX_RECORD_BYTES
from marketplace.errors import ConfigError
from marketplace.foreign import read_text

PREFIX = "TESSERA_"
KUBO = "kubo:"
GATEWAY = "gateway:"
_MULTIADDRESS = ("ip4", "ip6", "dns", "dns4", "dns6")

SHARED_DEPLOYMENTS = Path(__file__).resolve().parents[1] / "deployments"
"""The repository's own record; what is recorded in TESSERA_HOME goes first."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

_TOKENS = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")


def _about(text: str, **bounds: int) -> dict[str, Any]:
    return {"about": text, **bounds}


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, with unit and default.

    Paths are absolute, ``~`` expanded. ``None`` for a path means the default derived from `home`.
    A deployment may be a bare name as well: a file of that name and ``.json`` where they are recorded.
    """

    home: Path = field(
        default_factory=lambda: Path.home() / ".tessera",
        metadata=_about("Folder of wallets, journal, store and local chain"),
    )
    rpc_url: str = field(
        default="http://127.0.0.1:8545",
        metadata=_about("JSON-RPC endpoint of the chain, http or https"),
    )
    store: Path | str | None = field(
        default=None,
        metadata=_about(
            "Content store: a folder, kubo:http://127.0.0.1:5001, or gateway:https://one,https://two "
            "(default: store in TESSERA_HOME)"
        ),
    )
    store_timeout_seconds: int = field(
        default=60,
        metadata=_about("Seconds to wait for a block of an IPFS node or gateway", low=1, high=3600),
    )
    wallet: str = field(default="default", metadata=_about("Name of the wallet that signs"))
    password_file: Path | None = field(
        default=None,
        repr=False,
        metadata=_about("File with the wallet's password (default: it is asked for)"),
    )
    deployment: Path | None = field(
        default=None,
        metadata=_about(
            "Name or file of the contracts' addresses (default: the chain id, as tessera deploy records it)"
        ),
    )
    anvil: Path | None = field(
        default=None,
        metadata=_about("The anvil program (default: the one in node_modules, else from PATH)"),
    )
    proving: Path | None = field(
        default=None,
        metadata=_about("Folder of the proving tools, 200 MB (default: proving in TESSERA_HOME)"),
    )
    confirmations: int = field(
        default=1,
        metadata=_about("Blocks, its own included, that make a transaction final", low=1, high=100),
    )
    receipt_timeout_seconds: int = field(
        default=180,
        metadata=_about("Seconds to wait for a transaction to be mined", low=1, high=86_400),
    )
    rpc_timeout_seconds: int = field(
        default=30, metadata=_about("Seconds to wait for an answer of the node", low=1, high=3600)
    )
    poll_seconds: int = field(
        default=12,
        metadata=_about("Seconds between two looks of serve, operator run and follow", low=1, high=3600),
    )
    max_fee_gwei: int = field(
        default=500,
        metadata=_about("Highest fee per gas that is ever paid, gwei", low=1, high=1_000_000),
    )
    replace_after_seconds: int = field(
        default=60,
        metadata=_about(
            "Seconds after which a transaction that blocks pass over is sent again for more",
            low=1,
            high=86_400,
        ),
    )
    max_spend_per_command: str | None = field(
        default=None,
        metadata=_about("Most tokens that one command may spend (default: what tessera wallet limit says)"),
    )
    max_spend_per_day: str | None = field(
        default=None,
        metadata=_about(
            "Most tokens that may be spent in 24 hours (default: what tessera wallet limit says)"
        ),
    )
    index_url: str = field(
        default="",
        repr=False,
        metadata=_about(
            "Database of the event index, sqlite:///FILE or postgresql://HOST/NAME, or off"
            " (default: index.db in TESSERA_HOME)"
        ),
    )

    @property
    def store_place(self) -> Path | str:
        """The content store: a folder, or an address that begins with kubo:, / or gateway:."""
        return self.home / "store" if self.store is None else self.store

    @property
    def store_path(self) -> Path:
        """Folder of the content store, or of what was fetched from gateways."""
        return self.store if isinstance(self.store, Path) else self.home / "store"

    @property
    def proving_path(self) -> Path:
        """Folder of the proving tools."""
        return self.home / "proving" if self.proving is None else self.proving

    @property
    def wallets_path(self) -> Path:
        """Folder of the encrypted wallets."""
        return self.home / "wallets"

    @property
    def journal_path(self) -> Path:
        """SQLite file of the transaction journal."""
        return self.home / "journal.db"

    @property
    def index_path(self) -> Path:
        """SQLite file of the event index, unless `index_url` names another database."""
        return self.home / "index.db"

    @property
    def localnet_path(self) -> Path:
        """Folder of the local chain: its process id, port and log."""
        return self.home / "localnet"

    @property
    def deployments_path(self) -> Path:
        """Folder in which deployments are recorded."""
        return self.home / "deployments"

    def deployment_path(self, chain_id: int) -> Path:
        """File with the contracts' addresses on a chain: this user's, else the repository's."""
        own = self.own_deployment_path(chain_id)
        shared = SHARED_DEPLOYMENTS / own.name
        in_repository = (SHARED_DEPLOYMENTS.parent / "pyproject.toml").is_file()
        by_name = self.deployment is None or not self.deployment.is_absolute()
        return shared if by_name and in_repository and shared.is_file() and not own.exists() else own

    def own_deployment_path(self, chain_id: int) -> Path:
        """File in which a deployment of this user is recorded."""
        name = self.deployment or Path(str(chain_id))
        return name if name.is_absolute() else self.deployments_path / f"{name}.json"


def load_settings(
    options: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = None,
) -> Settings:
    """Read the settings: option before environment before ``.env``.

    Parameters
    ----------
    options : mapping of field name to value, optional
        From the command line; None means not given.
    environ : mapping, optional
        The process's environment by default.
    env_file : Path, optional
        ``.env`` in the current folder by default; it need not exist.

    Returns
    -------
    Settings

    Raises
    ------
    ConfigError
        Naming every setting that is unknown or malformed, and where it comes from.
    """
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    given: dict[str, tuple[str, object]] = {}
    path = Path(".env") if env_file is None else env_file
    for source, values in ((str(path), _read_env_file(path, problems)), ("environment", environ)):
        for key, text in values.items():
            if key.startswith(PREFIX) and text.strip():
                given[key.removeprefix(PREFIX).lower()] = (f"{key} ({source})", text.strip())
    for key, value in (options or {}).items():
        if value is not None:
            given[key] = (f"option {key}", value)
    known = {item.name: item for item in fields(Settings)}
    accepted: dict[str, Any] = {}
    for name, (where, value) in given.items():
        try:
            if name not in known:
                raise ValueError("there is no such setting")
            accepted[name] = _convert(known[name], value)
        except ValueError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise ConfigError("; ".join(sorted(problems)))
    return Settings(**accepted)


def _convert(item: Field[Any], value: object) -> object:
    text = str(value)
    if item.name == "store":
        return _check_store(text)
    if item.name == "deployment":
        return _name_or_path(text)
    if "Path" in str(item.type):
        return _absolute(text)
    if item.type == "int":
        low, high = item.metadata["low"], item.metadata["high"]
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"a whole number from {low} to {high} is expected, not {text[:40]!r}")
        return int(text)
    if item.name.startswith("max_spend"):
        if not _TOKENS.fullmatch(text):
            raise ValueError(f"an amount of tokens such as 12.5 is expected, not {text[:40]!r}")
        return text
    if item.name == "rpc_url":
        return _check_url(text)
    if item.name == "index_url":
        return _check_index_url(text)
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError("letters, digits, - and _ are expected")
    return text


def name_or_path(text: str) -> Path:
    """Read how a deployment is named: a bare name stays one, all else is a file's absolute path.

    Raises
    ------
    ConfigError
        If there can be no such path.
    """
    try:
        return _name_or_path(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} names no deployment: {error}", "see: tessera deploy list") from error


def _name_or_path(text: str) -> Path:
    return Path(text) if _NAME.fullmatch(text) else _absolute(text)


def _absolute(text: str) -> Path:
    if "\0" in text:
        raise ValueError("a path holds no zero byte")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:  # ~somebody
        raise ValueError("there is no such user, whose home folder it could be") from error


def is_multiaddress(text: str) -> bool:
    """Tell an address such as ``/ip4/127.0.0.1/tcp/5001`` from a folder."""
    parts = text.split("/")
    return len(parts) > 3 and parts[0] == "" and parts[1] in _MULTIADDRESS and parts[3] == "tcp"


def _check_store(text: str) -> Path | str:
    if is_multiaddress(text):
        return text
    for prefix in (KUBO, GATEWAY):
        if text.startswith(prefix):
            for one in text.removeprefix(prefix).split(","):
                if not (_is_url(one) or (prefix == KUBO and is_multiaddress(one))):
                    raise ValueError(f"{prefix} and an address such as http://127.0.0.1:5001 is expected")
                if "@" in one or "?" in one or "#" in one:
                    raise ValueError("an address of a store has no password, and ends with its path")
            if prefix == KUBO and "," in text:
                raise ValueError("there is one node, but several gateways: gateway:https://one,https://two")
            return text
    if "://" in text:
        raise ValueError("say what answers there: kubo: before a node's API, gateway: before a gateway")
    return _absolute(text)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            text.isprintable()
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:
        return False


def _check_url(text: str) -> str:
    if not _is_url(text):
        # The URL itself may carry an access key and is not shown.
        raise ValueError("an address such as http://127.0.0.1:8545 is expected")
    return text


def _check_index_url(text: str) -> str:
    scheme = text.partition(":")[0]
    if text != "off" and scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
        # The URL itself may carry a password and is not shown.
        raise ValueError(
            "off, or an address such as postgresql://host/name or sqlite:////folder/file is expected"
        )
    return text


def _read_env_file(path: Path, problems: list[str]) -> dict[str, str]:
    try:
        lines = read_text(path, MAX_RECORD_BYTES).splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: can't be read: {error}")
        return {}
    values = {}
    for number, line in enumerate(lines, 1):
        line = line.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.strip().isidentifier():
            problems.append(f"{path} line {number}: NAME=value is expected")
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        values[name.strip()] = value
    return values
