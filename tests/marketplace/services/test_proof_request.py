"""What a requester may ask for in a proved bounty, before anything is sent."""

import pytest

from marketplace.datasets import load_breast_cancer_table
from marketplace.errors import DataError
from marketplace.services.proof_request import DAY, DEFAULT_STAGES, FAST_STAGES, ProofDraft, coarse_schema
from marketplace.services.sell import SETTLE_MARGIN_SECONDS

TABLE = load_breast_cancer_table()


def draft(most_wrong=17, reward=6400, bond=100, stages=DEFAULT_STAGES):
    return ProofDraft(coarse_schema(TABLE, "diagnosis"), TABLE, most_wrong, reward, bond, stages=stages)


@pytest.mark.parametrize("stages", [DEFAULT_STAGES, FAST_STAGES])
def test_stages__of_ours__leave_time_to_hand_out_rows(stages):
    assert draft(stages=stages).stages["opening"] > SETTLE_MARGIN_SECONDS + 60


def test_opening__shorter_than_the_margin__is_refused():
    """Rows are not first shown in the last two minutes: nobody would get any, and each maker a bond."""
    with pytest.raises(DataError, match="the stage opening lasts 5m to 30d, not 1m"):
        draft(stages=DEFAULT_STAGES | {"opening": 60})


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"most_wrong": 285}, "wrong on at most 284 of 569 rows"),
        ({"most_wrong": -1}, "not on -1"),
        ({"reward": 0, "bond": 0}, "the reward is more than 0"),
        ({"bond": 99}, "the bond is"),
        ({"bond": 6401}, "the bond is"),
        ({"stages": DEFAULT_STAGES | {"committing": 59}}, "the stage committing lasts 1m to 30d"),
        ({"stages": DEFAULT_STAGES | {"proving": 31 * DAY}}, "the stage proving lasts"),
    ],
)
def test_wishes__that_the_contract_would_refuse__are_refused_before_anything_is_proved(wish, said):
    with pytest.raises(DataError, match=said):
        draft(**wish)


def test_wishes__at_their_bounds__are_taken():
    assert draft(most_wrong=284, bond=6400).bond == draft(bond=100).reward
