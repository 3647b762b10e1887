"""A sector beside its industries: what is hidden inside is not what the rest leaves of the whole."""

from types import SimpleNamespace

import pandas as pd
from tests.reporting.made_up import small_study

from surveykit.reporting.nesting import enclosed, encloses_hidden, inner_first

ROWS = pd.DataFrame(
    {
        "sector": ["Finance"] * 43 + ["Trade"] * 40,
        "role": ["Bank"] * 40 + ["Insurance"] * 3 + ["Retail"] * 20 + ["Wholesale"] * 20,
    }
)
ANALYSIS = SimpleNamespace(study=small_study(), aggregated=SimpleNamespace(rows=lambda _level: ROWS))


def test_industries_lie_inside_their_sector():
    inside = enclosed(ANALYSIS, ["sector", "role"])
    assert inside["sector", "Finance"] == [("role", "Bank"), ("role", "Insurance")]
    assert inner_first(["sector", "role"], inside) == ["role", "sector"]


def test_a_sector_goes_with_a_hidden_industry():
    inside = enclosed(ANALYSIS, ["sector", "role"])
    hidden = {("role", "Insurance"), ("role", "Bank")}
    places = [("sector", "Finance"), ("sector", "Trade")]
    assert encloses_hidden(places, hidden, inside).tolist() == [True, False]


def test_one_segment_alone_encloses_nothing():
    assert enclosed(ANALYSIS, ["role"]) == {}
