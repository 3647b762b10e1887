"""Open answers on the page: plain text, without addresses, and only where enough people wrote."""

import html
import re
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reporting.made_up import NASTY

from surveykit.reporting.guarded_open import ADDRESS, NAME, guard_open, masked
from surveykit.reporting.quotes import quotes
from surveykit.study.plan import Study

LOREM = "word " * 40


def study_of(*, show=True, min_cell=5, clustered=True):
    return Study.model_validate(
        {
            "title": "A study",
            "responses": {"file": "responses.csv"},
            "columns": {"organisation": "org"} if clustered else {},
            "open_answers": {"why": {"column": "why", "show": show}, "how": {"column": "how"}},
            "report": {"min_cell": min_cell},
        }
    )


def cleaned_of(texts, study, per_organisation=1, label="Why?"):
    """Executives who wrote these texts, and five who wrote nothing."""
    why = [*texts, *[None] * 5]
    data = pd.DataFrame(
        {"organisation": [f"acme {number // per_organisation}" for number in range(len(why))]}
    )
    written = pd.DataFrame({"why": why, "how": None}, dtype="str")
    questions = {"why": label, "how": "How?"}
    return SimpleNamespace(study=study, data=data, open_answers=written, questions=questions)


def guarded(texts, per_organisation=1, **settings):
    study = study_of(**settings)
    return guard_open(cleaned_of(texts, study, per_organisation), study)


def page(texts, **settings):
    return quotes(guarded(texts, **settings)).html


def listed(markup):
    return [html.unescape(each) for each in re.findall("<li>(.*?)</li>", markup)]


SIX = [f"answer {letter}" for letter in "abcdef"]


def test_each_question_has_its_heading_its_count_and_its_answers():
    markup = page(SIX)
    assert re.findall("<h3[^>]*>(.*?)</h3>", markup) == ["Why?", "How?"]
    assert "6 of 11 respondents answered." in markup
    assert "None of 11 respondents answered." in markup
    assert listed(markup) == SIX


@pytest.mark.parametrize(
    ("texts", "settings"),
    [
        (SIX, {"show": False}),
        (SIX, {"min_cell": 7}),
        (SIX, {"per_organisation": 2}),  # six answers of three organisations
    ],
)
def test_answers_are_quoted_only_where_the_study_says_so_and_enough_wrote(texts, settings):
    shown = guarded(texts, **settings)
    assert not shown["shown"].any()
    assert "answer" not in "".join(shown["answer"])
    assert listed(quotes(shown).html) == []


def test_a_count_of_a_few_is_not_shown():
    shown = guarded(SIX[:4])
    row = shown.set_index("name").loc["why"]
    assert row["suppressed"]
    assert row[["n_answered", "n_organisations", "median_length"]].isna().all()
    markup = quotes(shown).html
    assert "So few of 9 respondents answered that neither" in markup
    assert not re.search(r"\b4\b", markup)
    assert not re.search(r"\bnan\b", markup)


def test_a_count_without_quotes_is_shown():
    assert "6 of 11 respondents answered. Their answers are not shown." in page(SIX, show=False)


def test_the_question_nobody_answered_is_not_suppressed():
    row = guarded(SIX).set_index("name").loc["how"]
    assert (row["n_answered"], row["suppressed"]) == (0, False)


def test_answers_that_read_alike_stand_once_and_are_counted_from_the_smallest_cell():
    shown = listed(
        page(
            ["More time", " more  time", "MORE TIME", "More time", "More time", "No plan", "no plan", "Luck"]
        )
    )
    assert shown == ["Luck", "MORE TIME (given by 5)", "No plan"]


def test_one_answer_of_a_few_organisations_is_not_counted():
    shown = guarded(["same"] * 6 + [f"other {n}" for n in range(18)], per_organisation=3)
    assert shown.loc[shown["answer"] == "same", "n"].isna().all()


def test_order_and_choice_of_quotes_hang_on_the_texts_alone():
    texts = [f"answer {number:03}" for number in range(120)]
    turned = [texts[at] for at in np.random.default_rng(5).permutation(120)]
    first, second = page(texts), page(turned)
    assert first == second
    shown = listed(first)
    assert len(shown) == 51
    assert shown[-1] == "and 70 more"
    assert shown[:-1] == sorted(shown[:-1])
    assert shown[-2] > "answer 100"  # not the first of the alphabet alone


def test_what_many_wrote_is_among_the_quotes():
    texts = [*(f"answer {number:03}" for number in range(300)), *["the same"] * 7]
    assert "the same (given by 7)" in listed(page(texts))


def test_long_answers_are_cut_at_a_blank_after_addresses_are_gone():
    texts = [f"{letter} {LOREM * 3} jane@example.org" for letter in "abcde"]
    texts[0] = "a" * 2000
    texts[1] = "b" * 490 + " jane.doe@example.org is who to ask"
    shown = listed(page(texts))
    assert all(len(each) <= 501 and each.endswith("…") for each in shown)
    assert shown[0] == "a" * 500 + "…"
    assert shown[1] == "b" * 490 + "…"
    assert "word…" in shown[2]


PLAIN = [
    *NASTY,
    "<script>alert(1)</script>",
    "$x^2$ and \\(y\\)",
    "**bold** _i_ # h",
    "=1+1",
    "+cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", PLAIN)
def test_nothing_in_an_answer_is_read_as_anything_but_text(text):
    markup = page([text, *SIX])
    assert [each for each in listed(markup) if each == text] == [text]
    outside = re.sub(r"</?(h2|h3|p|ul|li)( class=\"[a-z0-9_ ]*\")?>", "", markup)
    assert "<" not in outside
    assert 'class="quotes tex2jax_ignore mathjax_ignore"' in markup  # notebooks leave dollar signs alone


def test_a_question_is_read_as_text_too():
    study = study_of()
    markup = quotes(guard_open(cleaned_of(SIX, study, label="<b>$Why$</b>"), study)).html
    assert '<h3 class="tex2jax_ignore mathjax_ignore">&lt;b&gt;$Why$&lt;/b&gt;</h3>' in markup


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\u202eevil\u202c", "evil"),
        ("a\u0000b\u0007\u001b[31m", "ab[31m"),
        ("two\r\n\tlines\u2028more", "two lines more"),
        ("zero\u200bwidth\ufeff\u2066x\u2069", "zerowidthx"),
        (
            "\u0645\u06cc\u200c\u062e\u0648",
            "\u0645\u06cc\u200c\u062e\u0648",
        ),  # a joiner that belongs to the word
    ],
)
def test_characters_that_cannot_be_seen_are_gone(text, seen):
    assert masked(text) == seen
    assert seen in listed(page([text, *SIX]))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "jane@example.org",
            "Jane.Doe+x@mail.example.co.uk",
            "jane (at) example (dot) com",
            "jane[at]example.com",
        ),
        *(
            "jane at example dot com",
            "Jane\uff20example.org",
            "jörg@müller.example",
            "jane\u200b@example.org",
            "@jane_doe",
        ),
        *(
            "https://example.org/a?b=c#d",
            "ftp://x.example",
            "www.example.at",
            "linkedin.com/in/jane",
            "firma.at/jane",
        ),
        *(
            "example.com",
            "Example.com.au",
            "+44 20 7946 0958",
            "(030) 123-4567",
            "0301234567",
            "+1 (555) 010.9999",
        ),
        *("555-0199 77", "0049/30/1234567", "٠٣٠١٢٣٤٥٦٧", "+4930 – 1234567"),
    ],
)
def test_addresses_are_taken_out(address):
    assert masked(f"Ask {address}, please") == f"Ask {ADDRESS}, please"
    assert ADDRESS in masked(address)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "50% @ 3 sites, at noon",
            "In 2024-2025, 2024/2025 and since 2019",
            "12.05.2026 or 2026-05-12",
            "and/or",
        ),
        *(
            "It failed.No one knew.It is so",
            "Node.js, v1.2.3, e.g. this, e.g.in fact",
            "1,000,000 or 2 500 000 euros",
        ),
        *(
            "ratio 1:2:3",
            "$5 & £6",
            "12 500 people",
            "we met at the office at 9",
            "C++ / C# (both)",
            "3.14 and 100",
        ),
    ],
)
def test_what_is_no_address_stays(text):
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "organisation", "seen"),
    [
        ("At ACME\u00a0 Ltd. we plan", "acme ltd", f"At {NAME}. we plan"),
        ("Acme's people, not acmeville's", "acme", f"{NAME}'s people, not acmeville's"),
        ("A.B.C. (x) is us", "a.b.c. (x)", f"{NAME} is us"),
        ("it is on us", "us", "it is on us"),
        ("nothing of us", "", "nothing of us"),
    ],
)
def test_the_writers_own_organisation_is_taken_out(text, organisation, seen):
    assert masked(text, organisation) == seen


def test_quotes_do_not_name_the_organisation_of_their_writer():
    shown = listed(page([f"We at Acme {number} wait for acme 77" for number in range(6)]))
    assert shown == [f"We at {NAME} wait for acme 77 (given by 6)"]


def test_half_a_character_is_gone():
    assert masked("lone \ud800 half") == "lone half"  # no frame could hold it


@given(text=st.text(max_size=200))
def test_any_text_becomes_one_line_that_masking_leaves_alone(text):
    seen = masked(text)
    assert "\n" not in seen
    assert seen == seen.strip()
    assert masked(seen) == seen


@pytest.mark.parametrize(
    "text", ["a", "a.", "-", "1 ", "@", "(", "a-", "at ", "a at a dot ", "www.", "1", "a@"]
)
def test_a_cell_full_of_one_thing_takes_no_time(text):
    # Excel's largest cell; a search that starts anew at every letter would take minutes.
    begun = time.process_time()
    masked(text * (32_767 // len(text)))
    assert time.process_time() - begun < 5


def test_a_study_without_open_answers_has_no_such_chapter():
    study = study_of().model_copy(update={"open_answers": {}})
    shown = guard_open(SimpleNamespace(), study)
    assert shown.empty
    assert {"name", "answer", "suppressed"} <= set(shown)
    assert quotes(shown).html == ""


def test_the_report_settings_of_the_study_given_hold():
    study = study_of()
    strict = study.model_copy(update={"report": study.report.model_copy(update={"min_cell": 7})})
    assert not guard_open(cleaned_of(SIX, study), strict)["shown"].any()
