"""Every transaction of the services is known to the spending limit: as spending, or as free."""

import ast
from pathlib import Path

from marketplace.chain import TOKEN
from marketplace.chain.artifacts import load_artifact
from marketplace.services.spending import FREE, SPENDING

SERVICES = Path(__file__).parents[1] / "marketplace"


def sent():
    """Yield contract and function of every ``market.send`` in the package."""
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "send"
            ):
                if path.name == "market.py" or len(node.args) < 3:
                    continue
                contract, function = node.args[1:3]
                name = TOKEN if isinstance(contract, ast.Name) else contract.value
                yield name, function.value


def test_send__every_call__is_in_one_table():
    found = set(sent())
    assert len(found) > 30
    assert found == set(SPENDING) | FREE
    assert not set(SPENDING) & FREE


def test_tables__every_function__exists():
    for contract, function in set(SPENDING) | FREE:
        names = {item["name"] for item in load_artifact(contract).abi if item["type"] == "function"}
        assert function in names


def test_send__no_way_around__only_market_sends():
    for path in sorted((SERVICES / "services").rglob("*.py")) + sorted((SERVICES / "cli").rglob("*.py")):
        if path.name != "market.py":
            assert "client.send(" not in path.read_text("utf-8"), f"{path} sends beside the spending limit"
