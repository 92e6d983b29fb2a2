"""The recipe of docs/models.md, as it stands there."""

import re
from pathlib import Path

import marketplace
from marketplace.datasets import load_breast_cancer_table, write_table

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text("utf-8")


def test_recipe__run_as_written__gives_both_files(tmp_path, monkeypatch, capsys):
    (recipe,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    table = load_breast_cancer_table()
    (tmp_path / "train.csv").write_bytes(write_table(table))
    (tmp_path / "rows.schema.json").write_bytes(marketplace.build_schema(table, "diagnosis").to_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile(recipe, "docs/models.md", "exec"), {})
    assert "100.00% of the predictions are equal, +0.000000" in capsys.readouterr().out
    assert marketplace.load_model("model.bin").head.features == 30
    assert type(marketplace.open_estimator("model.skops")).__name__ == "HistGradientBoostingClassifier"


def test_page__estimators__are_those_of_the_code():
    from marketplace.models import estimators

    part = PAGE[PAGE.index("## Conversion") : PAGE.index("## A model of your own")]
    for names in (
        estimators.LINEAR_CLASSIFIERS,
        estimators.LINEAR_REGRESSORS,
        estimators.TREES,
        estimators.FORESTS,
        estimators.BOOSTED,
        estimators.HISTOGRAM,
    ):
        for name in names:
            stem = re.sub(r"(CV|Classifier|Regressor)$", "", name)
            assert stem in part, name
