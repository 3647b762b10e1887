"""What was explored never reads as planned, and what is weighted is never said to be unweighted."""

from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner

from surveykit.cli import main
from surveykit.links import link
from surveykit.reporting.disclosure import protect
from surveykit.reporting.methods import methods
from surveykit.reporting.words import is_probability
from surveykit.study.links import Link

EXPLORED = Link(outcome="active_users", level="initiative", predictors=["adoption_quality"])


def test_an_explored_link_is_not_on_the_page(ai_analysis):
    study = ai_analysis.study.model_copy(update={"explore": [EXPLORED]})
    scored = ai_analysis.aggregated.scored
    aggregated = replace(
        ai_analysis.aggregated, scored=replace(scored, cleaned=replace(scored.cleaned, study=study))
    )
    links = link(aggregated)
    shown = protect(replace(ai_analysis, links=links))
    assert not links.data["planned"].all()
    assert shown.links["link"].tolist() == links.data.loc[links.data["planned"], "link"].tolist()
    assert shown.links["p_adjusted"].tolist() == ai_analysis.links.data["p_adjusted"].tolist()


@pytest.mark.parametrize(
    ("weighted", "said"),
    [
        ([False, False], "reliability, agreement and links are not weighted"),
        ([True, False], "reliability, agreement and some links are not weighted"),
        ([True, True], "reliability and agreement are not weighted"),
    ],
)
def test_the_page_says_which_links_are_weighted(ai_shown, weighted, said):
    rows = ai_shown.links.iloc[: len(weighted)].assign(weighted=weighted)
    assert said in methods(replace(ai_shown, links=rows)).html.lower()


def test_effects_on_shares_and_on_events_are_read_in_points():
    models = ["logit", "ordered logit", "multinomial", "fractional", "cox"]
    assert all(is_probability(pd.DataFrame({"model": [model]})) for model in models)
    assert not is_probability(pd.DataFrame({"model": ["negative binomial"]}))


def test_check_says_what_the_report_does_not_tell_of(small_study):
    path = small_study / "study.yaml"
    text = path.read_text(encoding="utf-8").replace("adjust_for: [size]}", "moderators: [size]}")
    path.write_text(f"{text}drivers: [{{outcome: done, level: initiative, predictors: [clarity, score]}}]\n")
    result = CliRunner().invoke(main, ["check", str(small_study)])
    assert result.exit_code == 0, result.output
    assert "the report does not tell of drivers, moderators yet" in result.output
