import dataclasses
import html
import re

import pandas as pd
import pytest
from tests.reporting.made_up import NASTY, answers_of, small_analysis, small_study

from surveykit.errors import ReportError
from surveykit.reporting import tables
from surveykit.reporting.disclosure import protect


def text_of(table):
    """What a reader sees of a table."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "\n", table.as_raw_html(), flags=re.DOTALL))


def with_labels(text):
    """Protected results in which every label is `text`."""
    study = small_study(labels={"title": text, "role": text, "high": text})
    rows = pd.concat([answers_of(20, 20, 20, 20, 20, role=role) for role in (text, "other")])
    return protect(small_analysis(study, rows, question=text))


@pytest.mark.parametrize("text", NASTY)
def test_labels_stay_text(text):
    shown = with_labels(text)
    for table in (tables.headlines(shown), tables.by_segment(shown, "role")):
        assert text in text_of(table)
        assert not re.search(r"<(script|img|b)\b", table.as_raw_html())


@pytest.mark.parametrize("text", NASTY)
def test_labels_of_links_and_scales_stay_text(ai_shown, text):
    nasty = dataclasses.replace(
        ai_shown,
        links=ai_shown.links.assign(predictor_label=text, effect_unit=f"{text}, per standard deviation"),
        reliability=ai_shown.reliability.assign(label=text),
        estimates=ai_shown.estimates.assign(
            label=text, value=ai_shown.estimates["value"].where(ai_shown.estimates["segment"] == "", text)
        ),
        comparisons=ai_shown.comparisons.assign(source=text),
        flow=ai_shown.flow.assign(label=text),
    )
    laid_out = [tables.links, tables.reliability, tables.flow, tables.headlines]
    for table in (*(lay_out(nasty) for lay_out in laid_out), tables.by_segment(nasty, "size", kind="scale")):
        assert text.casefold() in text_of(table).casefold()
        assert not re.search(r"<(script|img|b)\b", table.as_raw_html())


def test_hidden_figures_are_dashes_with_a_note():
    rows = pd.concat(
        [
            answers_of(1, 1, 0, 0, 0, role="few"),
            answers_of(20, 20, 20, 20, 20, role="many"),
            answers_of(20, 0, 0, 0, 20, role="some"),
        ]
    )
    told = text_of(tables.by_segment(protect(small_analysis(small_study(), rows)), "role"))
    assert "fewer than 5 answers, or a figure from which such a cell could be worked out, not shown" in told
    assert told.count("–") >= 2


def test_flow_shows_every_rule_and_says_why_small_counts_stand(ai_shown):
    told = text_of(tables.flow(ai_shown))
    assert all(label in told for label in ai_shown.flow["label"])
    assert "not what anyone answered" in told


def test_headlines_stand_beside_published_figures(ai_shown):
    told = text_of(tables.headlines(ai_shown))
    assert all(
        words in told
        for words in (
            "25.4%",
            "21.3% to 29.9%",
            "869 respondents",
            "about 30%",
            "fewer than 20%",
            "MIT, 2025",
        )
    )


def test_without_benchmarks_or_organisations_those_columns_are_left_out():
    shown = protect(small_analysis(small_study(clustered=False), answers_of(20, 20, 20, 20, 20)))
    told = text_of(tables.headlines(shown))
    assert "Published" not in told
    assert "Organisations" not in told


def test_the_values_of_a_segment_are_in_their_order_with_all_last(ai_shown):
    told = text_of(tables.by_segment(ai_shown, "size"))
    order = ["Under 250", "250 to 999", "1,000 to 4,999", "5,000 and more", "All"]
    assert sorted(order, key=told.index) == order


def test_a_segment_value_called_all_is_kept_apart():
    rows = pd.concat([answers_of(20, 20, 20, 20, 20, role=role) for role in ("All", "other")])
    told = text_of(tables.by_segment(protect(small_analysis(small_study(), rows)), "role"))
    assert "n = 100" in told
    assert "n = 200" in told


def test_small_p_values_are_not_zero(ai_shown):
    told = text_of(tables.links(ai_shown))
    assert "<0.001" in told
    assert "points" in told


def test_an_unknown_segment_is_refused(ai_shown):
    with pytest.raises(
        ReportError, match=r"no headline estimate by 'sise'; allowed: industry, size\. Did you mean 'size'"
    ):
        tables.by_segment(ai_shown, "sise")
