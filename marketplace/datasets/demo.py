"""The table of the demo."""

from __future__ import annotations

import pandas as pd

from marketplace.datasets.table import Table

BREAST_CANCER_TARGET = "diagnosis"
"""Column of the demo table that is predicted: ``benign`` or ``malignant``."""


def load_breast_cancer_table() -> Table:
    """Load the breast cancer data that scikit-learn ships: 569 rows, 30 features, one diagnosis.

    References
    ----------
    Wolberg, Mangasarian, Street 1995, UCI Machine Learning Repository, CC BY 4.0.
    https://doi.org/10.24432/C5DW2B
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    frame = pd.DataFrame(bunch.data, columns=[str(name) for name in bunch.feature_names])
    labels = [str(bunch.target_names[i]) for i in bunch.target]
    frame[BREAST_CANCER_TARGET] = pd.Series(labels, dtype=object)
    return Table(frame, "breast-cancer-wisconsin")
