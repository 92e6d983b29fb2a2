"""Every error of every shipped ABI decodes to its name and has a hint."""

import pytest
from eth_abi import abi as eth_abi
from eth_utils.abi import collapse_if_tuple

from marketplace.chain.artifacts import artifact_names, load_artifact
from marketplace.chain.hints import HINTS, hint_for
from marketplace.chain.reverts import PANIC_REASONS, ErrorCatalog, selector, shipped_errors
from marketplace.errors import ContractReverted

ERRORS = [
    pytest.param(item, id=f"{name}:{item['name']}")
    for name in artifact_names()
    for item in load_artifact(name).abi
    if item["type"] == "error"
]
SAMPLES = {"address": "0x" + 40 * "1", "bytes32": bytes(range(32)), "string": "words", "bytes": b"\x01"}


@pytest.mark.parametrize("item", ERRORS)
def test_decode__every_shipped_error__has_its_name_values_and_hint(item):
    kinds = [collapse_if_tuple(argument) for argument in item["inputs"]]
    values = [SAMPLES.get(kind, 7) for kind in kinds]
    reverted = shipped_errors().decode(selector(item) + eth_abi.encode(kinds, values))
    assert reverted.name == item["name"]
    assert list(reverted.args_by_name) == [argument["name"] for argument in item["inputs"]]
    assert hint_for(item["name"])
    assert reverted.hint == hint_for(item["name"])


def test_decode__reason_string__is_shown():
    data = bytes.fromhex("08c379a0") + eth_abi.encode(["string"], ["too late"])
    reverted = ErrorCatalog([]).decode(data)
    assert (reverted.name, reverted.args_by_name) == ("Error", {"reason": "too late"})


def test_message__ids_and_moments__are_readable():
    reverted = ContractReverted(
        "Bounties_BeforeDeadline", {"bountyId": 255, "got": 0, "expected": 1795274533}
    )
    assert f"bountyId=0x{255:064x}, got=0, expected=2026-11-21 15:22:13 UTC" in str(reverted)
    assert "got=1795274533" in str(ContractReverted("Vault_TooLittle", {"got": 1795274533}))


@pytest.mark.parametrize("code", PANIC_REASONS)
def test_decode__panic__is_explained(code):
    data = bytes.fromhex("4e487b71") + eth_abi.encode(["uint256"], [code])
    assert ErrorCatalog([]).decode(data).args_by_name["reason"] == PANIC_REASONS[code]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "NoReason"),
        (b"\x01", "Unknown"),
        (b"\xde\xad\xbe\xef", "Unknown"),
        (bytes.fromhex("4e487b7100"), "Unknown"),
    ],
)
def test_decode__no_known_error__is_told_apart(data, name):
    assert ErrorCatalog([]).decode(data).name == name


def test_hints__every_one__is_one_line():
    for hint in HINTS.values():
        assert hint
        assert "\n" not in hint
