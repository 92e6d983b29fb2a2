"""The models that an account has committed to, kept on its disk: the chain has only their hashes."""

from __future__ import annotations

from pathlib import Path

from marketplace.constants import MAX_MODEL_BYTES
from marketplace.crypto.files import atomic_writer, read_file
from marketplace.errors import DataError
from marketplace.services.market import Market
from marketplace.services.proof_models import AnyModel, decode_any, encode_any
from marketplace.types import format_id


def keep_model(market: Market, bounty_id: int, model: AnyModel) -> None:
    """Write a model beside this account's other files under way, before it is committed to."""
    with atomic_writer(_path(market, bounty_id)) as sink:
        sink.write(encode_any(model))


def kept_model(market: Market, bounty_id: int) -> AnyModel:
    """Read the model that this account has committed to.

    Raises
    ------
    DataError
        If it is not here.
    """
    path = _path(market, bounty_id)
    if not path.exists():
        raise DataError(
            f"the model you have committed to is not in {path.parent}",
            f"name its file again: tessera proved commit {format_id(bounty_id)[:14]} MODEL",
        )
    return decode_any(read_file(path, MAX_MODEL_BYTES))


def _path(market: Market, bounty_id: int) -> Path:
    return market.workspace() / f"committed-{format_id(bounty_id)[2:]}-{market.account[2:]}.bin"
