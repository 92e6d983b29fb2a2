"""The demo on a table of one's own."""

from click.testing import CliRunner

from marketplace.cli import cli


def test_demo__columns_that_do_not_tell_the_target__is_said(tmp_path):
    rows = [f"{i % 2},{i // 3 % 3},{int(i % 5 == 0)}" for i in range(400)]
    (tmp_path / "own.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n")
    result = CliRunner().invoke(cli, ["demo", "--data", str(tmp_path / "own.csv"), "--target", "y"])
    assert result.exit_code == 0, result.output
    assert "none beats guessing" in result.output
