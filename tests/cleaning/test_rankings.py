# ruff: noqa: E501  tables: one row a way to be wrong
"""Rankings: every layout of every platform gives the same ranks, and no answer that cannot be right is used."""

import csv
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.cleaning import Cleaned, clean, findings
from surveykit.errors import StudyError
from surveykit.exports import read_export
from surveykit.study import load_study

OPTIONS = ["Talent", "Data, and access", "Governance"]
# What four executives gave Talent, Data and Governance: all ranks, all ranks, the first two only, nothing.
GIVEN = [["2", "1", "3"], ["1", "3", "2"], ["1", "2", ""], ["", "", ""]]
RANKS = pd.DataFrame([[2, 1, 3], [1, 3, 2], [1, 2, np.nan]], index=[0, 1, 2], columns=OPTIONS, dtype=float)
LIMESURVEY = ["id. Response ID", "submitdate. Date submitted", "lastpage. Last page"]


def by_rank(answers: list[list[str]]) -> list[list[str]]:
    """The same answers with a column a rank, which holds the option."""
    return [
        [next((OPTIONS[at] for at, rank in enumerate(row) if rank == str(place)), "") for place in (1, 2, 3)]
        for row in answers
    ]


def qualtrics(answers: list[list[str]]) -> list[list[str]]:
    names = ["ResponseId", "StartDate", "Finished", "Q9_1", "Q9_2", "Q9_3", "Q9_3_TEXT"]
    stem = "Rank what matters. - "
    texts = [
        "Response ID",
        "Start Date",
        "Finished",
        *(stem + each for each in OPTIONS),
        f"{stem}Governance - Text",
    ]
    ids = ['{"ImportId":"_recordId"}', '{"ImportId":"startDate"}', '{"ImportId":"finished"}']
    ids += [f'{{"ImportId":"QID9_{number}"}}' for number in (1, 2, 3)] + ['{"ImportId":"QID9_3_TEXT"}']
    lead = [[f"R_{number}", "2026-05-01 10:00:00", "True"] for number in range(len(answers))]
    return [
        names,
        texts,
        ids,
        *([*start, *row, "of a kind"] for start, row in zip(lead, answers, strict=True)),
    ]


def limesurvey(answers: list[list[str]]) -> list[list[str]]:
    header = [*LIMESURVEY, *(f"G9[{place}]. Rank what matters. [Rank {place}]" for place in (1, 2, 3))]
    return [
        header,
        *([str(number), "2026-05-01", "3", *row] for number, row in enumerate(by_rank(answers), 1)),
    ]


def limesurvey_codes(answers: list[list[str]]) -> list[list[str]]:
    """Question codes alone, and the columns in another order."""
    header = ["id", "submitdate", "lastpage", "G9[3]", "G9[1]", "G9[2]"]
    rows = enumerate(by_rank(answers), 1)
    return [header, *([str(number), "2026-05-01", "3", row[2], row[0], row[1]] for number, row in rows)]


def surveymonkey(answers: list[list[str]]) -> list[list[str]]:
    top = ["Respondent ID", "Rank what matters.", "", ""]
    return [top, ["", *OPTIONS], *([str(100 + number), *row] for number, row in enumerate(answers))]


def google(answers: list[list[str]]) -> list[list[str]]:
    top = ["Timestamp", *(f"Rank what matters. [{option}]" for option in OPTIONS)]
    return [top, *(["5/1/2026 10:00:00", *row] for row in answers)]


def microsoft(answers: list[list[str]]) -> list[list[str]]:
    rows = [";".join(filter(None, row)) + ";" * any(row) for row in by_rank(answers)]
    lead = ["2026-05-01 10:00:00", "2026-05-01 10:09:00"]
    top = ["ID", "Start time", "Completion time", "Rank what matters."]
    return [top, *([str(number), *lead, row] for number, row in enumerate(rows, 1))]


def plain_options(answers: list[list[str]]) -> list[list[str]]:
    return [["who", *(f"order[{option}]" for option in OPTIONS)], *(["x", *row] for row in answers)]


def plain_numbers(answers: list[list[str]]) -> list[list[str]]:
    return [["who", "order_1", "order_2", "order_3"], *(["x", *row] for row in answers)]


def plain_ranks(answers: list[list[str]]) -> list[list[str]]:
    header = ["who", "order.first 1", "order.then 2", "order.last 3"]
    return [header, *(["x", *row] for row in by_rank(answers))]


def plain_joined(answers: list[list[str]]) -> list[list[str]]:
    return [["who", "order"], *(["x", "; ".join(filter(None, row))] for row in by_rank(answers))]


LISTED = 'options: [Talent, "Data, and access", Governance]'
FORMS = {
    "Qualtrics": (qualtrics, "Q9", ""),
    "Qualtrics, options listed": (qualtrics, "Q9", LISTED),
    "LimeSurvey": (limesurvey, "G9", LISTED),
    "LimeSurvey, codes": (limesurvey_codes, "G9", LISTED),
    "SurveyMonkey": (surveymonkey, "Q1", ""),
    "Google Forms": (google, "Q1", ""),
    "Microsoft Forms": (microsoft, "Q1", LISTED),
    "plain, a column an option": (plain_options, "order", ""),
    "plain, numbered options": (plain_numbers, "order", LISTED),
    "plain, a column a rank": (plain_ranks, "order", LISTED),
    "plain, joined": (plain_joined, "order", LISTED),
}


def written(folder: Path, rows: list[list[str]], question: str, said: str, more: str = "") -> Path:
    """A study of one ranking."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "responses.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    plan = ["title: Order", "responses: {file: responses.csv}", "missing: [-99, Don't know]"]
    plan += [f"rankings: {{order_of: {{question: {question}, {said}}}}}", more]
    (folder / "study.yaml").write_text("\n".join(plan), encoding="utf-8")
    return folder


def cleaned_of(folder: Path) -> Cleaned:
    study = load_study(folder)
    return clean(read_export(study.beside("responses.csv")), study)


@pytest.mark.parametrize(("rows", "question", "said"), FORMS.values(), ids=FORMS.keys())
def test_every_layout_gives_the_same_ranks(tmp_path, rows, question, said):
    cleaned = cleaned_of(written(tmp_path, rows(GIVEN), question, said))
    pd.testing.assert_frame_equal(cleaned.rankings["order_of"], RANKS)
    assert cleaned.ledger.empty
    assert cleaned.questions["order_of"] in {"Rank what matters.", "order", "G9"}


@settings(max_examples=10)
@given(orders=st.lists(st.sampled_from(list(permutations("123"))), min_size=2, max_size=6))
def test_a_column_an_option_and_a_column_a_rank_tell_the_same(tmp_path_factory, orders):
    folder, answers = tmp_path_factory.mktemp("both"), [list(order) for order in orders]
    options = cleaned_of(written(folder / "options", qualtrics(answers), "Q9", LISTED))
    ranks = cleaned_of(written(folder / "ranks", limesurvey(answers), "G9", LISTED))
    pd.testing.assert_frame_equal(options.rankings["order_of"], ranks.rankings["order_of"])
    assert (ranks.rankings["order_of"].sum(axis=1) == 6).all()


WRONG = {
    "a rank twice": (["1", "1", "2"], "", "tied_ranks"),
    "a gap": (["1", "", "3"], "", "skipped_ranks"),
    "no first": (["", "2", ""], "", "skipped_ranks"),
    "beyond the last": (["1", "2", "4"], "", "out_of_range"),
    "more than asked for": (["1", "2", "3"], "ranks: 2", "out_of_range"),
    "below the first": (["0", "1", "2"], "", "out_of_range"),
    "half a rank": (["1.5", "1", "2"], "", "out_of_range"),
    "no number": (["first", "2", "3"], "", "not_a_number"),
    "the code for no answer": (["-99", "-99", "-99"], "", "missing_code"),
}


@pytest.mark.parametrize(("answer", "said", "rule"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_rank_makes_the_whole_answer_missing_and_is_on_record(tmp_path, answer, said, rule):
    cleaned = cleaned_of(written(tmp_path, surveymonkey([answer, ["2", "1", ""]]), "Q1", said))
    assert cleaned.rankings["order_of"].index.tolist() == [1]
    assert set(cleaned.ledger["rule"]) == {rule}
    assert cleaned.ledger["row"].unique().tolist() == [0]
    assert "_" not in cleaned.ledger["reason"].iloc[0]  # words
    assert cleaned.ledger["after"].isna().all()
    assert " | ".join(cleaned.ledger["before"]) == " | ".join(filter(None, answer))


WRONG_BY_RANK = {
    "an option twice": (["Talent", "Talent", "Governance"], "", "ranked_twice"),
    "no such option": (["Talent", "Talnet", ""], "", "unmapped_label"),
    "a number": (["2", "Talent", ""], "", "unmapped_label"),
    "a gap": (["Talent", "", "Governance"], "", "skipped_ranks"),
    "more than asked for": (["Talent", "Governance", "Data, and access"], "ranks: 2, ", "out_of_range"),
}


@pytest.mark.parametrize(("answer", "said", "rule"), WRONG_BY_RANK.values(), ids=WRONG_BY_RANK.keys())
def test_a_wrong_option_makes_the_whole_answer_missing(tmp_path, answer, said, rule):
    rows = [
        ["id", "submitdate", "lastpage", "G9[1]", "G9[2]", "G9[3]"],
        *(["1", "x", "3", *row] for row in (answer, [*OPTIONS[:2], ""])),
    ]
    cleaned = cleaned_of(written(tmp_path, rows, "G9", said + LISTED))
    assert cleaned.rankings["order_of"].index.tolist() == [1]
    assert cleaned.ledger[["rule", "column", "variable"]].to_numpy().tolist() == [[rule, "G9", "order_of"]]


def test_check_tells_of_wrong_ranks_beforehand(tmp_path):
    answers = [["1", "1", "2"], ["1", "1", "2"], ["1", "", "3"], ["soon", "1", "2"], ["1", "2", "3"]]
    found = findings(load_study(written(tmp_path, surveymonkey(answers), "Q1", "")))
    assert found[["column", "problem", "label", "count"]].to_numpy().tolist() == [
        ["Q1", "tied_ranks", "1 | 1 | 2", 2],
        ["Q1", "skipped_ranks", "1 | 3", 1],
        ["Q1_1", "not_a_number", "soon", 1],
    ]


def test_check_names_the_option_that_was_meant(tmp_path):
    rows = plain_ranks([["1", "2", "3"]])
    rows.append(["x", "Talnet", "", ""])
    found = findings(load_study(written(tmp_path, rows, "order", LISTED)))
    assert found[["problem", "label", "hint"]].to_numpy().tolist() == [
        ["unmapped_label", "Talnet", "Did you mean 'Talent'?"]
    ]


def test_a_code_for_no_answer_in_one_cell_is_on_record_and_the_others_count(tmp_path):
    cleaned = cleaned_of(written(tmp_path, surveymonkey([["1", "2", "-99"], *GIVEN]), "Q1", ""))
    assert cleaned.rankings["order_of"].loc[0].isna().tolist() == [False, False, True]
    assert cleaned.ledger[["column", "rule", "before"]].to_numpy().tolist() == [
        ["Q1_3", "missing_code", "-99"]
    ]


def test_an_option_called_other_is_an_option_where_it_is_ranked(tmp_path):
    rows = surveymonkey(GIVEN)
    rows[1][3] = "Other (please specify)"
    assert "Other (please specify)" in cleaned_of(written(tmp_path, rows, "Q1", "")).rankings["order_of"]


def test_who_is_left_out_has_no_ranks(tmp_path):
    more = "columns: {respondent: Respondent ID}\nexclude: [duplicate]"
    rows = surveymonkey(GIVEN)
    rows[3][0] = rows[2][0]
    cleaned = cleaned_of(written(tmp_path, rows, "Q1", "", more))
    assert len(cleaned.data) == 3
    assert cleaned.rankings["order_of"].index.isin(cleaned.data.index).all()


def test_a_personal_column_of_a_ranking_is_not_read(tmp_path):
    rows = [["who", "order[Talent]", "order[Data]", "order[why]"], ["x", "1", "2", "because of Jane"]]
    more = 'columns: {personal: ["order[why]"]}'
    cleaned = cleaned_of(written(tmp_path, rows, "order", "", more))
    assert cleaned.rankings["order_of"].columns.tolist() == ["Talent", "Data"]
    assert cleaned.ledger.empty


REFUSED = {
    "one column of Qualtrics": (qualtrics, "Q9_1", "", "needs a column for each option.*Name the question"),
    "joined without options": (plain_joined, "order", "", r"one column.*name them: 'options: \[...\]'"),
    "an option misspelt": (qualtrics, "Q9", 'options: [Talnet, "Data, and access", Governance]', r"column 'Q9_1' \('Talent'\) is none of the options.*Did you mean 'Talnet'"),
    "an option too many": (qualtrics, "Q9", 'options: [Talent, "Data, and access", Governance, Luck]', "option 'Luck' of ranking 'order_of' has no column"),
    "an option left out": (qualtrics, "Q9", 'options: [Talent, "Data, and access"]', "'Governance'.*none of the options"),
    "more ranks than options": (surveymonkey, "Q1", "ranks: 4", "asks for 4 ranks of 3 options"),
    "options that are numbers": (plain_numbers, "order", "options: ['1', '2', '3']", "numbers cannot be told from ranks"),
    "nothing fits": (plain_options, "order", "options: [A, B, C]", r"column 'order\[Talent\]'.*none of the options"),
    "no such question": (qualtrics, "Q8", "", "column 'Q8' is not in responses.csv; allowed: .*Q9"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "question", "said", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_ranking_that_can_be_read_in_two_ways_or_in_none_is_refused(
    tmp_path, rows, question, said, message
):
    with pytest.raises(StudyError, match=rf"study\.yaml:4: .*{message}"):
        cleaned_of(written(tmp_path, rows(GIVEN), question, said))


def test_two_columns_of_one_option_are_refused(tmp_path):
    rows = plain_options(GIVEN)
    rows[0][2] = "order[ talent ]"
    with pytest.raises(StudyError, match="two columns of ranking 'order_of' are both 'talent'"):
        cleaned_of(written(tmp_path, rows, "order", ""))
