"""The fit of `make plots` finds what grows faster than its input."""

import pytest

from tests.tools import load

PLOTS = load("plots")

SIZES = [1.0, 4.0, 16.0, 64.0, 256.0]


@pytest.mark.parametrize(
    ("cost", "least", "most"),
    [
        (lambda n: 7.0, -0.01, 0.01),
        (lambda n: 3 * n, 0.99, 1.01),
        (lambda n: 50 + n, 0.3, 1.0),  # what is spent once
        (lambda n: n * n, 1.99, 2.01),
        (lambda n: 100 * n if n < 60 else n * n, PLOTS.MOST, 2.0),  # only where it is large
    ],
)
def test_exponent__known_curves__is_theirs(cost, least, most):
    assert least <= PLOTS.exponent([(n, cost(n)) for n in SIZES]) <= most
