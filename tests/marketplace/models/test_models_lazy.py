"""What only reads chains does not wait for scikit-learn."""

import subprocess
import sys

MODULES = (
    "marketplace.models",
    "marketplace.services.bounties",
    "marketplace.services.submit",
    "marketplace.services.train",
    "marketplace.cli.bounty",
    "marketplace.cli.bounty_page",
    "marketplace.cli.model",
)
HEAVY = "print(*[m for m in ('sklearn', 'scipy', 'skops', 'onnx') if m in sys.modules])"


def test_import__models_and_contests__without_scikit_learn():
    code = f"import sys, {', '.join(MODULES)}; {HEAVY}"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_import__list_of_contests__without_pandas():
    code = "import sys, marketplace.cli.bounty_views; print('pandas' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
