"""Bit-exact scoring over scikit-learn's own predict, and what evidence and ONNX cost.

scikit-learn gets what it was trained on (float64), we get the integers of a test set; the time to make
either is left out. Every estimator has scikit-learn's own settings, which include how many cores it uses.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from bench_common import Results, best_in_turns, figure, ratio, timed

from marketplace.models import FeatureSpace, build_evidence, convert, predict

FEATURES = 30
TRAINING = 4000
TIMES = 5
SPACE = FeatureSpace(tuple(f"f{i}" for i in range(FEATURES)), (1,) * FEATURES)


def measure_models(_folder: Path) -> Results:
    """Measure every family; the least counts."""
    chance = np.random.default_rng(1)
    rows = chance.integers(-1000, 1000, size=(200_000, FEATURES), dtype=np.int32)
    training = SPACE.decode(rows[:TRAINING])
    signal = training @ chance.normal(size=FEATURES) + 900 * np.sin(training[:, 0] / 100)
    signal += chance.normal(size=TRAINING) * 300
    targets = {
        "two classes": (signal > 0).astype(int),
        "three classes": np.digitize(signal, [-1500, 1500]),
        "regression": np.round(signal).astype(int),
    }
    each: Results = {}
    for name, what, estimator, count in families():
        label = f"models.score_vs_sklearn.{name}.{what.replace(' ', '_')}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it could be trained longer
            estimator.fit(training, targets[what])
        each[label] = compare(estimator, rows[:count])
    least = min(each, key=lambda name: float(str(each[name]["value"])))
    worst = f"the least of {len(each)} families, {least.split('.', 2)[2]}"
    return {
        "models.score_vs_sklearn": {**each[least], "goal": 0.5, "how": f"{worst}: {each[least]['how']}"},
        **each,
        **measure_linear(),
        **measure_others(rows, training, targets["two classes"]),
    }


def families() -> list[tuple[str, str, Any, int]]:
    """Return name, kind of target, estimator, and rows to score."""
    from sklearn import ensemble, linear_model, svm, tree

    two, three, number = "two classes", "three classes", "regression"
    seed: dict[str, Any] = {"random_state": 1}
    found: list[tuple[str, str, Any, int]] = [
        ("linear", number, linear_model.LinearRegression(), 200_000),
        ("ridge", number, linear_model.Ridge(), 200_000),
        ("logistic", two, linear_model.LogisticRegression(), 200_000),
        ("logistic", three, linear_model.LogisticRegression(), 200_000),
        ("linear_svc", two, svm.LinearSVC(), 200_000),
    ]
    trees = (
        ("decision_tree", tree.DecisionTreeClassifier, tree.DecisionTreeRegressor, 200_000),
        ("random_forest", ensemble.RandomForestClassifier, ensemble.RandomForestRegressor, 20_000),
        ("extra_trees", ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor, 20_000),
        ("boosting", ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor, 100_000),
        (
            "hist_boosting",
            ensemble.HistGradientBoostingClassifier,
            ensemble.HistGradientBoostingRegressor,
            50_000,
        ),
    )
    for name, classifier, regressor, count in trees:
        found += [(name, two, classifier(**seed), count), (name, three, classifier(**seed), count // 2)]
        found.append((name, number, regressor(**seed), count))
    return found


def compare(estimator: Any, rows: np.ndarray) -> dict[str, object]:
    """Score rows both ways, in turns."""
    model = convert(estimator, SPACE, rows=rows[:TRAINING])
    decoded = SPACE.decode(rows)
    predict(model, rows[:100])
    ours, theirs = best_in_turns(
        TIMES,
        lambda: timed(lambda: predict(model, rows)),
        lambda: timed(lambda: estimator.predict(decoded)),
    )
    return ratio(ours, theirs, None, f"{len(rows):,} rows x {FEATURES} features, {type(estimator).__name__}")


def measure_linear() -> Results:
    """Score a million rows of 30 features with a linear model; the best of five."""
    chance = np.random.default_rng(1)
    rows = chance.integers(-(2**20), 2**20, size=(1_000_000, 30), dtype=np.int32)
    table = rows[:400]
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression(max_iter=50).fit(
        SPACE.decode(table) / 2**20, chance.integers(0, 2, size=400)
    )
    estimator.coef_ = estimator.coef_ / 2**20
    model = convert(estimator, SPACE, rows=table)
    best = max(len(rows) / timed(lambda: predict(model, rows)) for _ in range(TIMES))
    how = "bit-exact predictions of 1,000,000 rows x 30 features, one process, best of five"
    return {"models.linear_rows_per_s": figure(round(best), "rows/s", 1_000_000, how)}


def measure_others(rows: np.ndarray, training: np.ndarray, labels: np.ndarray) -> Results:
    """Measure evidence and ONNX on 200 boosted trees of depth 3."""
    import onnxruntime
    from sklearn.ensemble import GradientBoostingClassifier

    from marketplace.models import to_onnx

    estimator = GradientBoostingClassifier(n_estimators=200, random_state=1).fit(training, labels)
    model = convert(estimator, SPACE, rows=rows[:TRAINING])
    rows = rows[:10_000]
    y = predict(model, rows)
    session = onnxruntime.InferenceSession(to_onnx(model))
    ours, onnx, evidence = best_in_turns(
        TIMES,
        lambda: timed(lambda: predict(model, rows)),
        lambda: timed(lambda: session.run(None, {"rows": rows})),
        lambda: timed(lambda: build_evidence(model, rows, y, 1, 2, 0, bytes(32), bytes(32))),
    )
    what = "10,000 rows x 200 boosted trees of depth 3"
    return {
        "models.predict_vs_onnx": ratio(
            ours, onnx, None, f"predict over onnxruntime on our ONNX file, {what}"
        ),
        "models.evidence_s": figure(
            round(evidence, 3), "s", None, f"scores and evidence of {what}", better="lower"
        ),
    }
