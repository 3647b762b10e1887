"""Cross-tables of a study: what becomes of its items, variables, choices, rankings and scales."""

from dataclasses import replace

import pytest

from surveykit.errors import EstimateError
from surveykit.estimates.crosstabs.tables import tabulate
from surveykit.study.aims import CrossTable


@pytest.fixture(scope="module")
def table(ai_analysis):
    return ai_analysis.tables[0]


def test_every_kind_of_question_has_its_rows(table):
    kinds = {name: list(dict.fromkeys(found.data["kind"])) for name, found in table.questions.items()}
    assert kinds["clarity_1"] == ["share", "top_box", "bottom_box", "mean"]
    assert kinds["capabilities_that_matter"] == ["share", "share_of_picks"]
    assert kinds["obstacles"][0] == "ranked_first"
    assert kinds["strategy_clarity"] == ["mean"]


def test_columns_are_the_values_in_the_order_of_the_study(table):
    assert table.banners[""] == ["All"]
    assert table.banners["size"] == ["Under 250", "250 to 999", "1,000 to 4,999", "5,000 and more"]
    heads = table.questions["clarity_1"].data.drop_duplicates("banner")["banner"].tolist()
    assert heads == ["", "Industry", "Employees"]


def test_a_top_box_is_the_headline_figure_of_the_same_answers(table, ai_analysis):
    box = table.questions["clarity_1"].data.query("kind == 'top_box'").set_index("column")["estimate"]
    headline = ai_analysis.estimates.data.query("name == 'well_defined'")
    whole, by_size = (headline[headline["segment"] == segment] for segment in ("", "size"))
    assert box["All"] == pytest.approx(whole["estimate"].iloc[0], abs=1e-12)
    assert box[by_size["value"]].tolist() == pytest.approx(by_size["estimate"].tolist(), abs=1e-12)


def test_columns_of_one_name_say_whose_they_are(ospo_analysis):
    wanted = CrossTable(rows=["programme"], columns=["policy_use", "policy_release"])
    study = ospo_analysis.study.model_copy(update={"tables": [wanted]})
    scored = ospo_analysis.aggregated
    again = replace(
        scored, scored=replace(scored.scored, cleaned=replace(scored.scored.cleaned, study=study))
    )
    (found,) = tabulate(again, ospo_analysis.estimates.sampled.designs["executive"])
    assert found.banners["policy_use"] == ["Policy use: No", "Policy use: Yes"]


def test_an_error_names_the_table(ai_analysis):
    scored = ai_analysis.aggregated
    cleaned = scored.scored.cleaned
    nobody = cleaned.data.assign(clarity_1=99.0)
    again = replace(scored, scored=replace(scored.scored, cleaned=replace(cleaned, data=nobody)))
    with pytest.raises(EstimateError, match=r"study\.yaml:\d+: .*codes without words"):
        tabulate(again, ai_analysis.estimates.sampled.designs["executive"])
