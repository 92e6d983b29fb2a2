"""Models, schemas and deployments of proved scores, without a chain and without proving."""

import numpy as np
import pandas as pd
import pytest

from marketplace.constants import MISSING
from marketplace.datasets import Table
from marketplace.errors import ChainError, DataError
from marketplace.models import Head, LinearModel, Task, decode_model, encode_model, predict
from marketplace.proving.linear import ProvedModel
from marketplace.proving.shapes import LINEAR, WIDTH
from marketplace.proving.tables import TestTable
from marketplace.services import proof_setup
from marketplace.services.proof_models import to_linear, to_proved
from marketplace.services.proof_request import coarse_schema


def linear(weights, bias, modes=None, operands=None, features=None, task=Task.CLASSIFY, outputs=1):
    count = len(weights)
    return LinearModel(
        Head(task, outputs, max(count, 1), 1),
        np.array(range(count) if features is None else features, dtype=np.int32),
        np.array([20] * count if modes is None else modes, dtype=np.uint8),
        np.array([0] * count if operands is None else operands, dtype=np.int32),
        np.array(weights, dtype=np.int64).reshape(count, 1).repeat(outputs, axis=1),
        np.array([bias] * outputs, dtype=np.int64),
    )


def test_to_proved__small_weights__keep_every_prediction(chance):
    for _ in range(50):
        width = chance.randrange(1, WIDTH + 1)
        model = linear([chance.randrange(-1000, 1000) for _ in range(width)], chance.randrange(-5000, 5000))
        proved = to_proved(model)
        back = to_linear(proved, width)
        assert decode_model(encode_model(back)).head == back.head
        rows = np.array(
            [[chance.randrange(-256, 256) for _ in range(width)] for _ in range(40)], dtype=np.int32
        )
        expected = predict(model, rows)
        assert np.array_equal(predict(back, rows), expected)
        table = TestTable(tuple(map(tuple, rows.tolist())), tuple(expected.tolist()))
        assert proved.lead(table) == 40


def test_to_proved__large_weights__lose_their_last_digits_only():
    proved = to_proved(linear([2**42 + 7, -(2**40), 3], 2**41, modes=[8, 8, 8]))
    assert all(abs(weight) < 2**39 for weight in proved.weights)
    assert proved.weights[0] == -4 * proved.weights[1]


def test_to_linear__of_any_words__is_a_valid_model(chance):
    for _ in range(50):
        weights = tuple(chance.choice((-(2**39), 2**39 - 1)) for _ in range(WIDTH))
        model = to_linear(ProvedModel(weights, chance.choice((-(2**52), 2**52 - 1))), WIDTH)
        assert decode_model(encode_model(model)).head.features == WIDTH


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (lambda: linear([1], 0, task=Task.REGRESS), "a linear model for two classes only"),
        (lambda: linear([1], 0, outputs=3), "for two classes only"),
        (lambda: linear([1] * 31, 0), "31 features"),
        (lambda: linear([1], 0, modes=[0x80], operands=[3]), "compares"),
    ],
)
def test_to_proved__what_a_circuit_does_not_know__is_refused(model, why):
    with pytest.raises(DataError, match=why):
        to_proved(model())


def test_to_proved__columns_for_missing_values__are_left_out():
    model = linear([5, 9], 1, modes=[3, 0x80], operands=[0, MISSING], features=[0, 1])
    assert to_proved(model).weights[:2] == (5, 0)


@pytest.mark.parametrize("scale", [1e-9, 0.003, 1.0, 77.0, 1e12])
def test_coarse_schema__any_scale__fills_nine_bits(scale):
    values = np.linspace(-1, 1, 101) * scale
    frame = pd.DataFrame({"x": values, "y": ["a", "b"] * 50 + ["a"]})
    schema = coarse_schema(Table(frame, "t"), "y")
    rows, labels = schema.encode(Table(frame, "t"))
    assert (rows.min(), rows.max()) == (-255, 255)
    TestTable(tuple(map(tuple, rows.tolist())), tuple(labels.tolist())).check(LINEAR)


@pytest.mark.parametrize("chain_id", [1, 10, 1337, 11155111])
def test_deploy__unsafe_verifier_on_a_public_chain__is_refused(chain_id):
    with pytest.raises(ChainError, match="UNSAFE"):
        proof_setup.require_local(chain_id)


def test_deploy__unsafe_verifier_on_a_local_chain__is_allowed():
    proof_setup.require_local(31337)
