"""Derivation: stable, separated, hidden."""

import pickle

import pytest

from marketplace.constants import LABEL_B, LABEL_K, LABEL_P, LABEL_R, LABEL_W, SECP256K1_N
from marketplace.crypto.secrets import MarketSecret

SECRET = MarketSecret(bytes(range(32)))
CONTRACT = "0x" + "11" * 20


def test_scalar__known_secret__known_value():
    value = SECRET.scalar(LABEL_K, 31337, CONTRACT, b"\x02" * 32, b"\x03" * 32)
    assert value == 0x3602767D70E9C25A38B6B5960F5E74510340DA5FA4D76C6CA136433B75536B68


def test_scalar__any_part_differs__another_scalar():
    ident = b"\x02" * 32
    values = {
        SECRET.scalar(label, 1, CONTRACT, ident) for label in (LABEL_K, LABEL_W, LABEL_R, LABEL_B, LABEL_P)
    }
    values |= {
        SECRET.scalar(LABEL_K, 2, CONTRACT, ident),
        SECRET.scalar(LABEL_K, 1, "0x" + "12" * 20, ident),
        SECRET.scalar(LABEL_K, 1, CONTRACT, ident + b"\0"),
        SECRET.scalar(LABEL_K, 1, CONTRACT, ident, b"\0"),
        SECRET.scalar(LABEL_K, 1, CONTRACT, b"", ident),
        MarketSecret.generate().scalar(LABEL_K, 1, CONTRACT, ident),
    }
    assert len(values) == 11
    assert all(0 < value < SECP256K1_N for value in values)


def test_x25519_private__account__separate_from_scalars():
    private = SECRET.x25519_private(1, CONTRACT, b"\x01" * 20)
    assert len(private) == 32
    assert private != SECRET.x25519_private(2, CONTRACT, b"\x01" * 20)


def test_repr__secret__hidden():
    shown = repr(SECRET) + str(SECRET)
    assert "00010203" not in shown
    assert "\\x01" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(SECRET)


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33)])
def test_market_secret__wrong_length__value_error(data):
    with pytest.raises(ValueError):
        MarketSecret(data)


def test_scalar__foreign_label__value_error():
    with pytest.raises(ValueError):
        SECRET.scalar("other/k", 1, CONTRACT, b"")
