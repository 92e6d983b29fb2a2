"""A commitment to a challenge that somebody else made first is as good as one's own."""

from types import SimpleNamespace

import pytest

from marketplace.errors import ContractReverted
from marketplace.services.challenges import _commit


def market(error):
    def send(*_, **__):
        raise ContractReverted(error, {})

    return SimpleNamespace(client=SimpleNamespace(call=lambda *_: 0), send=send)


def test_commit__a_stranger_was_faster__is_committed():
    _commit(market("Referee_Committed"), bytes(32), "one")


def test_commit__refused_otherwise__ends():
    with pytest.raises(ContractReverted):
        _commit(market("Referee_Other"), bytes(32), "one")
