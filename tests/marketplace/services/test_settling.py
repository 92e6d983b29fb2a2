"""Several orders in one command: what stops one stops no other, and what stops all ends it."""

from types import SimpleNamespace

import pytest

from marketplace.cli.order import _tried
from marketplace.errors import (
    ContentNotFound,
    ContractReverted,
    DataError,
    NodeUnavailable,
    SpendingLimitReached,
)


def failing(error):
    def step():
        raise error

    return step


@pytest.fixture
def app():
    said = []
    return SimpleNamespace(note=said.append, said=said)


@pytest.mark.parametrize(
    "error",
    [
        DataError("too late"),
        ContentNotFound("its manifest is not in the store"),
        ContractReverted("Exchange_NotOpen", {}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_settle__one_order_can_not_be_settled__is_left_and_said(app, error):
    left = []
    assert _tried(app, left, lambda: None)
    assert not _tried(app, left, failing(error))
    assert (left, app.said) == ([error], [f"  left: {error}"])


@pytest.mark.parametrize("error", [NodeUnavailable("no node answers"), SpendingLimitReached("too much")])
def test_settle__nothing_can_be_settled__ends(app, error):
    with pytest.raises(type(error)):
        _tried(app, [], failing(error))
