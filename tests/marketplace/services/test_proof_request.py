"""What a requester may ask for in a proved bounty, before anything is sent."""

import pytest

from marketplace.datasets import load_breast_cancer_table
from marketplace.errors import DataError
from marketplace.services.proof_request import DEFAULT_STAGES, FAST_STAGES, ProofDraft, coarse_schema
from marketplace.services.sell import SETTLE_MARGIN_SECONDS


def draft(stages):
    table = load_breast_cancer_table()
    return ProofDraft(coarse_schema(table, "diagnosis"), table, 17, 50, 2, stages=stages)


@pytest.mark.parametrize("stages", [DEFAULT_STAGES, FAST_STAGES])
def test_stages__of_ours__leave_time_to_hand_out_rows(stages):
    assert draft(stages).stages["opening"] > SETTLE_MARGIN_SECONDS + 60


def test_opening__shorter_than_the_margin__is_refused():
    """Rows are not first shown in the last two minutes: nobody would get any, and each maker a bond."""
    with pytest.raises(DataError, match="in 60 s of opening rows can't be handed out"):
        draft(dict(DEFAULT_STAGES) | {"opening": 60})
