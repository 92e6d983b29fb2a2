"""What only reads chains does not wait for scikit-learn."""

import subprocess
import sys

import pytest

HEAVY = "print(*[m for m in ('sklearn', 'scipy', 'skops', 'onnx') if m in sys.modules])"


@pytest.mark.parametrize(
    "module",
    [
        "marketplace.models",
        "marketplace.services.bounties",
        "marketplace.services.contest",
        "marketplace.services.submit",
        "marketplace.services.train",
        "marketplace.cli.bounty_views",
        "marketplace.cli.model",
    ],
)
def test_import__models_and_contests__without_scikit_learn(module):
    found = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; {HEAVY}"], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == []
