"""Networks as the circuit knows them: against scikit-learn, their files, and what is refused."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from marketplace.datasets import BREAST_CANCER_TARGET, load_breast_cancer_table, split
from marketplace.errors import DataError
from marketplace.models import FeatureSpace
from marketplace.proving.networks import ProvedNetwork, decode_network, encode_network, read_network
from marketplace.proving.shapes import LINEAR, NETWORK, WIDTH
from marketplace.services.proof_models import decode_any, encode_any, hash_any, to_integers, to_proved
from marketplace.services.proof_networks import to_network, train_network
from marketplace.services.proof_request import coarse_schema
from marketplace.services.train import feature_space


def space(width, scale=7, divisor=3):
    return FeatureSpace(tuple(f"f{i}" for i in range(width)), (scale,) * width, (divisor,) * width)


def fitted(chance, width, units, *before):
    random = np.random.default_rng(chance.randrange(2**32))
    rows = random.integers(-256, 256, (400, width), dtype=np.int32)
    labels = (np.abs(rows[:, 0]) + rows[:, -1] + random.integers(-60, 60, 400) > 90).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        last = MLPClassifier((units,), max_iter=60, random_state=1)
        return make_pipeline(*before, last).fit(space(width).decode(rows), labels), rows


@pytest.mark.parametrize(("width", "units"), [(1, 1), (7, 5), (WIDTH, 16)])
def test_to_network__scikit_learns__decides_alike_on_nearly_every_row(width, units, chance):
    estimator, rows = fitted(chance, width, units, StandardScaler())
    model = to_network(estimator, space(width))
    expected = estimator.predict(space(width).decode(rows))
    found = [int(model.is_second(row)) for row in rows.tolist()]
    assert np.mean(np.array(found) == expected) > 0.97
    sure = np.abs(estimator.predict_proba(space(width).decode(rows))[:, 1] - 0.5) > 0.2
    assert (np.array(found) == expected)[sure].all()


def test_train_network__breast_cancer__is_right_on_most_rows_it_has_not_seen():
    table = load_breast_cancer_table()
    schema = coarse_schema(table, BREAST_CANCER_TARGET)
    rest, tests = split(table, 40, 7)
    model = train_network(rest, schema)
    rows, labels = schema.encode(tests)
    right = sum(model.is_second(row) == bool(label) for row, label in zip(rows.tolist(), labels.tolist()))
    assert right > 0.93 * len(labels)
    assert feature_space(schema).names


def random_network(chance):
    numbers = [tuple(chance.randrange(-(2 ** (b - 1)), 2 ** (b - 1)) for _ in range(n)) for b, n in SIZES]
    return ProvedNetwork(*numbers, chance.randrange(-(2**52), 2**52))


SIZES = ((10, 480), (24, 16), (24, 16))


def test_network__words_and_file__come_back(chance):
    for _ in range(20):
        model = random_network(chance)
        assert read_network(model.words()) == model
        assert decode_any(encode_any(model)) == model
        assert to_integers(to_proved(model, NETWORK), 3) == model
        assert len(hash_any(model)) == 32


@pytest.mark.parametrize("name", ["weights", "biases", "outer", "bias"])
def test_words__beyond_their_bits__are_refused(name, chance):
    parts = dict(vars(random_network(chance)))
    parts[name] = 2**52 if name == "bias" else (2**23, *parts[name][1:])
    with pytest.raises(DataError, match="too large"):
        ProvedNetwork(**parts).words()


def test_files_and_words__of_something_else__are_refused(chance):
    data, words = encode_network(random_network(chance)), random_network(chance).words()
    for bad in (data[:-1], data + b"\0", b"TSRN\x02" + data[5:], b""):
        with pytest.raises(DataError, match="not a network"):
            decode_network(bad)
    for other in (words[:-1], [*words, 0], [words[0] | 2**240, *words[1:]], [*words[:-1], 2**53]):
        with pytest.raises(DataError, match="another key"):
            read_network(other)


def test_to_network__what_the_circuit_does_not_know__is_refused(chance):
    small, rows = fitted(chance, 2, 3)
    labels = (rows[:, 0] > 0).astype(int)
    for estimator, why in (
        (LogisticRegression().fit(rows, labels), "no fitted network"),
        (MLPClassifier((3,)), "no fitted network"),
        (fitted(chance, 2, 17)[0], "at most 16"),
        (fitted(chance, 2, 3, PolynomialFeatures(2, include_bias=False))[0], "more than scaling"),
    ):
        with pytest.raises((DataError, ValueError), match=why):
            to_network(estimator, space(2))
    with pytest.raises(DataError, match="a linear model"):
        to_proved(to_network(small, space(2)), LINEAR)
