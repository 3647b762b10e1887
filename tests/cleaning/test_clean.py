"""Cleaning: what must always hold, and every rule on an example worked by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import SMALL_STUDY, write_small_study

from surveykit.cleaning import Cleaned, clean, encode, findings, replay
from surveykit.errors import StudyError
from surveykit.exports import RawExport, read_export
from surveykit.study import Study, load_study

CELLS = [
    "Agree",
    " agree ",
    "STRONGLY AGREE",
    "Disagree",
    "Neither",
    "Don't know",
    "Don’t know",
    "-99",
    "3",
    "7",
    "Maybe",
    None,
]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["R1", "R2", "R3", None]),  # respondents, some of them twice
        st.sampled_from(["Org 1", "org 1 ", "Org 2"]),
        st.sampled_from(["100", "200", "9", None, "soon"]),
        st.sampled_from(["IP Address", "Survey Preview", None]),
        st.tuples(*[st.sampled_from(CELLS)] * 3),
        st.sampled_from(["Talent", "Data, and access,Talent", "Talent,Governance,Data, and access", None]),
    ),
    min_size=3,
    max_size=12,
)
ALWAYS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load_study(write_small_study(tmp_path_factory.mktemp("clean")))


def export_of(rows: list[tuple], study: Study) -> RawExport:
    """An export like the small study's own, with the rows given and always one that no rule takes."""
    raw = read_export(study.beside(study.responses.file))
    rows = [*rows, ("R9", "Org 1", "250", "IP Address", ("Agree", "Agree", "Disagree"), "Talent")]
    data = pd.DataFrame(
        [
            {
                "id": respondent,
                "org": organisation,
                "seconds": seconds,
                "status": status,
                "when": "2026-05-01",
                "email": "somebody@example.org",
                **dict(zip(("q1", "q2", "q3"), answers, strict=True)),
                "picks": picks,
                "role": "CEO",
            }
            for respondent, organisation, seconds, status, answers, picks in rows
        ],
        columns=raw.data.columns,
    ).astype("str")
    return replace(raw, data=data)


def own(cleaned: Cleaned) -> pd.DataFrame:
    """The ledger's rows about the responses, without those of the files beside them."""
    return cleaned.ledger[cleaned.ledger["file"] == "responses.csv"]


@ALWAYS
@given(rows=ROWS)
def test_rows_in_are_kept_or_excluded(study: Study, rows: list[tuple]) -> None:
    cleaned = clean(export_of(rows, study), study)
    excluded = own(cleaned)[own(cleaned)["column"].isna()]
    assert len(rows) + 1 == len(cleaned.data) + len(excluded)
    assert set(cleaned.data.index).isdisjoint(excluded["row"])
    assert (cleaned.flow["before"] - cleaned.flow["excluded"] == cleaned.flow["after"]).all()
    assert (cleaned.flow["before"].iloc[1:].to_numpy() == cleaned.flow["after"].iloc[:-1].to_numpy()).all()


@ALWAYS
@given(rows=ROWS)
def test_the_ledger_replays_raw_into_clean(study: Study, rows: list[tuple]) -> None:
    raw = export_of(rows, study)
    cleaned = clean(raw, study)
    again = encode(replay(raw.without(study.columns.personal), cleaned.ledger), study)
    pd.testing.assert_frame_equal(again, cleaned.data)
    # Every cell that was delivered and is missing now has its row in the ledger, and no other cell has.
    delivered = raw.data.loc[cleaned.data.index, ["q1", "q2", "q3"]].set_axis(
        ["plain_1", "plain_2", "turned"], axis=1
    )
    lost = (delivered.notna() & cleaned.data[delivered.columns].isna()).to_numpy().sum()
    assert lost == cleaned.ledger["column"].isin(["q1", "q2", "q3"]).sum()


@ALWAYS
@given(rows=ROWS, seed=st.integers(0, 2**16))
def test_row_order_changes_nothing(study: Study, rows: list[tuple], seed: int) -> None:
    raw = export_of(rows, study)
    order = np.random.default_rng(seed).permutation(len(raw.data))
    shuffled = clean(replace(raw, data=raw.data.iloc[order]), study)
    cleaned = clean(raw, study)
    # Rows alike in every cell may stand for one another: compare what is kept, not which of them.
    columns = list(cleaned.data.columns.drop("respondent"))
    ordered = [each.data[columns].sort_values(columns, ignore_index=True) for each in (cleaned, shuffled)]
    pd.testing.assert_frame_equal(*ordered)
    pd.testing.assert_frame_equal(cleaned.flow, shuffled.flow)


@ALWAYS
@given(rows=ROWS)
def test_reversing_twice_is_the_identity(study: Study, rows: list[tuple]) -> None:
    raw = export_of(rows, study)
    cleaned = clean(raw, study)
    low, high = study.item_range("turned")
    unturned = study.model_copy(
        update={
            "items": {**study.items, "turned": study.items["turned"].model_copy(update={"reversed": False})}
        }
    )
    plain = clean(raw, unturned.located(study.path, {})).data["turned"]
    pd.testing.assert_series_equal(low + high - cleaned.data["turned"], plain)


def test_personal_columns_stay_at_the_door(study: Study) -> None:
    raw = read_export(study.beside("responses.csv"))
    cleaned = clean(raw, study)
    kept = pd.concat([cleaned.data.astype("str").stack(), cleaned.ledger.astype("str").stack()])
    assert "email" in raw.data.columns
    assert "email" not in cleaned.data.columns
    assert not kept.str.contains("example.org").any()


def test_labels_are_read_as_their_reader_sees_them(study: Study) -> None:
    answers = ("\u00a0agree", "STRONGLY  Agree", "Don’t know")
    cleaned = clean(export_of([("R1", "Org 1", "200", "IP Address", answers, None)], study), study)
    assert cleaned.data.loc[0, ["plain_1", "plain_2"]].tolist() == [4.0, 5.0]
    assert cleaned.ledger.loc[cleaned.ledger["column"] == "q3", ["rule", "before"]].to_numpy().tolist() == [
        ["missing_code", "Don’t know"]
    ]


def test_a_numeric_export_gives_the_same_codes(study: Study) -> None:
    cleaned = clean(export_of([("R1", "Org 1", "200", "IP Address", ("4", "5", "6"), None)], study), study)
    assert cleaned.data.loc[0, ["plain_1", "plain_2"]].tolist() == [4.0, 5.0]
    assert own(cleaned)["rule"].tolist() == ["unmapped_label"]


def test_more_picks_than_asked_for_are_no_answer(study: Study) -> None:
    picks = "Talent,Governance,Data, and access"
    cleaned = clean(export_of([("R1", "Org 1", "200", "IP Address", ("Agree",) * 3, picks)], study), study)
    assert cleaned.choices["matters"].index.tolist() == [1]
    assert own(cleaned)["rule"].tolist() == ["too_many_picks"]


CHECK = "failed_check: {column: q1, answer: agree}"
FULL = ("Agree", "Agree", "Agree")
RULES = {
    "preview": (None, ("R1", "Org 1", "200", "Survey Preview", FULL, None), {}),
    "no consent": ("no_consent: {column: role, answer: CEO}", None, {"role": "CIO"}),
    "consent not answered": ("no_consent: {column: role, answer: CEO}", None, {"role": None}),
    "failed check": (CHECK, ("R1", "Org 1", "200", None, ("Neither", "Agree", "Agree"), None), {}),
    "unfinished": (None, ("R1", "Org 1", "200", "IP Address", ("Agree", None, None), None), {}),
    "too fast by share": (None, ("R1", "Org 1", "9", "IP Address", FULL, None), {}),
    "too fast by seconds": ("faster_than: 2 min", ("R1", "Org 1", "119", "IP Address", FULL, None), {}),
    "duplicate": (None, ("R9", "Org 1", "250", "IP Address", ("Agree", "Agree", None), None), {}),
    "straight-lined": ("longstring: 3", ("R1", "Org 1", "200", "IP Address", ("Disagree",) * 3, None), {}),
    "out of range": ("out_of_range", ("R1", "Org 1", "200", "IP Address", ("7", "Agree", "Disagree"), None), {}),
    "no organisation": ("no_organisation", None, {"org": None}),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "row", "cells"), RULES.values(), ids=RULES.keys())
def test_each_rule_takes_its_row_and_no_other(
    tmp_path: Path, rule: str | None, row: tuple | None, cells: dict
) -> None:
    folder = write_small_study(tmp_path / "rule")
    text = (
        SMALL_STUDY.replace("column: q1, answers: agree5", "column: q1, range: [1, 5]")
        if rule == "out_of_range"
        else SMALL_STUDY
    )
    (folder / "study.yaml").write_text(
        text.replace("  - preview\n", f"  - preview\n  - {rule or 'out_of_range'}\n", 1), encoding="utf-8"
    )
    study = load_study(folder)
    raw = export_of(
        [row or ("R1", "Org 1", "200", "IP Address", ("Agree", "Agree", "Disagree"), None)], study
    )
    raw.data.loc[1, "q1"] = "4" if rule == "out_of_range" else raw.data.loc[1, "q1"]
    for column, value in cells.items():
        raw.data.loc[0, column] = value
    cleaned = clean(raw, study)
    assert cleaned.data.index.tolist() == [1]
    assert cleaned.flow["excluded"].sum() == 1


def test_who_was_not_asked_has_not_failed_the_check(tmp_path: Path) -> None:
    folder = write_small_study(tmp_path / "check")
    rules = SMALL_STUDY.replace("  - preview\n", "  - failed_check: {column: picks, answer: Talent}\n")
    (folder / "study.yaml").write_text(rules, encoding="utf-8")
    study = load_study(folder)
    cleaned = clean(
        export_of([("R1", "Org 1", "200", None, ("Agree", "Agree", "Disagree"), None)], study), study
    )
    assert len(cleaned.data) == 2


def test_value_labels_and_user_missing_codes_of_a_statistics_file_are_read(study: Study) -> None:
    raw = export_of([("R1", "Org 1", "200", "IP Address", ("11", "12", "99"), None)], study)
    labels = [("q1", "11", "Agree", False), ("q2", "12", "Disagree", False), ("q3", "99", "Agree", True)]
    raw = replace(raw, labels=pd.DataFrame(labels, columns=["column", "value", "label", "is_missing"]))
    cleaned = clean(raw, study)
    assert cleaned.data.loc[0, ["plain_1", "plain_2"]].tolist() == [4.0, 2.0]
    assert np.isnan(cleaned.data.loc[0, "turned"])
    assert own(cleaned)["rule"].tolist() == ["missing_code"]


def spoiled(folder: Path, old: str, new: str) -> Study:
    """The small study with one thing said differently."""
    write_small_study(folder)
    assert old in SMALL_STUDY
    (folder / "study.yaml").write_text(SMALL_STUDY.replace(old, new, 1), encoding="utf-8")
    return load_study(folder)


ROW = ("R1", "Org 1", "200", "IP Address", ("Agree", "Agree", "Disagree"), "Talent")


def test_codes_for_no_answer_are_no_answer_in_roles_checks_and_multi_selects_either(tmp_path: Path) -> None:
    study = spoiled(tmp_path, "  - preview\n", "  - preview\n  - no_organisation\n")
    rows = [
        (*ROW[:2], "-99", *ROW[3:5], "-99"),
        ("-99", *ROW[1:]),
        ("-99", *ROW[1:]),
        ("R4", "-99", *ROW[2:]),
    ]
    cleaned = clean(export_of(rows, study), study)
    assert cleaned.data["respondent"].tolist() == ["R1", "row 2", "row 3", "R9"]
    assert cleaned.choices["matters"].index.tolist() == [1, 2, 4]
    assert cleaned.flow.set_index("rule")["excluded"].to_dict() | {
        "no_organisation": 1,
        "duplicate": 0,
        "faster_than": 0,
    } == (cleaned.flow.set_index("rule")["excluded"].to_dict())
    assert set(own(cleaned).query("rule == 'missing_code'")["column"]) == {"id", "seconds", "picks"}


def test_of_two_responses_the_one_with_real_answers_is_kept(study: Study) -> None:
    rows = [
        ROW,
        (*ROW[:4], ("-99", "-99", "-99"), "Talent"),
        (*ROW[:4], ("Agree", "Don't know", "Agree"), "Talent"),
    ]
    assert clean(export_of(rows, study), study).data.index.tolist() == [0, 3]


def test_two_variables_may_read_one_column_each_in_its_way(tmp_path: Path) -> None:
    study = spoiled(
        tmp_path, "  role: {", "  is_cio: {column: role, type: binary, answers: {CIO: 1}}\n  role: {"
    )
    cleaned = clean(export_of([ROW, ("R2", *ROW[1:])], study), study)
    assert cleaned.data["role"].tolist() == ["CEO"] * 3
    assert cleaned.data["is_cio"].isna().all()
    assert own(cleaned)[["column", "variable", "rule"]].drop_duplicates().to_numpy().tolist() == [
        ["role", "is_cio", "unmapped_label"]
    ]


@pytest.mark.parametrize(
    ("answers", "text", "code"),
    [
        ('{"1": 5, "2": 4, "4": 2, "5": 1}', "1.0", 5),  # a label written as a number is the label
        ("{Agree: 4, Disagree: 2}", "4.0", 4),  # without such labels a number is the code
        ("{Agree: 4, Disagree: 2}", "3", np.nan),
        ("{Agree: 4, Disagree: 2}", "Maybe", np.nan),
    ],
)
def test_numbers_and_labels_are_not_mixed_up(tmp_path: Path, answers: str, text: str, code: float) -> None:
    study = spoiled(
        tmp_path, "plain_1: {column: q1, answers: agree5}", f"plain_1: {{column: q1, answers: {answers}}}"
    )
    study = study.model_copy(update={"estimates": {}, "benchmarks": None}).located(study.path, {})
    cleaned = clean(export_of([(*ROW[:4], (text, "Agree", "Disagree"), "Talent")], study), study)
    np.testing.assert_equal(cleaned.data["plain_1"].loc[0], code)


def test_fractions_survive_reversal(tmp_path: Path) -> None:
    answers = "{Strongly disagree: 0, Disagree: .33, Agree: .67, Strongly agree: 1}"
    study = spoiled(tmp_path, "column: q3, answers: agree5", f"column: q3, answers: {answers}")
    cleaned = clean(export_of([ROW], study), study)
    assert cleaned.data["turned"].loc[0] == 0.67
    assert study.turned("turned", cleaned.data["turned"]).loc[0] == 0.33


def test_a_dot_among_decimal_commas_is_reported_not_guessed(tmp_path: Path) -> None:
    study = spoiled(tmp_path, "column: q2, answers: agree5", "column: q2")
    raw = export_of(
        [
            (*ROW[:4], ("Agree", "1.500", "Disagree"), "Talent"),
            ("R2", *ROW[1:4], ("Agree", "3,5", "Agree"), None),
        ],
        study,
    )
    cleaned = clean(replace(raw, decimal=","), study)
    assert np.isnan(cleaned.data["plain_2"].loc[0])
    assert cleaned.data["plain_2"].loc[1] == 3.5
    assert own(cleaned).query("row == 0")["rule"].tolist() == ["not_a_number"]


def test_joined_choices_are_split_as_the_platform_joins_them(study: Study) -> None:
    raw = export_of([(*ROW[:5], "Data, and access;Talent;")], study)
    cleaned = clean(replace(raw, platform="microsoft_forms"), study)
    assert cleaned.choices["matters"].loc[0].tolist() == [True, True, False]


def test_rows_of_organisations_nobody_answered_for_are_on_record(study: Study) -> None:
    cleaned = clean(export_of([ROW], study), study)
    gone = cleaned.ledger.query("rule == 'nobody_answered' and file == 'initiatives.csv'")
    assert len(cleaned.initiatives) == 4
    assert len(gone) == 76
    assert cleaned.organisations.index.tolist() == ["org 1"]


def test_findings_tell_of_keys_that_match_on_one_side_only(tmp_path: Path) -> None:
    folder = write_small_study(tmp_path / "keys")
    organisations = pd.read_csv(folder / "organisations.csv")
    organisations.replace({"org": {"Org 2": "Org two"}}).to_csv(folder / "organisations.csv", index=False)
    found = findings(load_study(folder))
    assert found[["file", "problem", "label"]].to_numpy().tolist() == [
        ["organisations.csv", "no_response_for", "org two"],
        ["organisations.csv", "no_row_for", "org 2"],
    ]


def test_picks_of_a_joined_cell_use_the_options_its_choice_lists(tmp_path: Path) -> None:
    study = spoiled(tmp_path, "  role: {", "  how_many: {question: picks, type: picks}\n  role: {")
    cleaned = clean(export_of([(*ROW[:5], "Data, and access,Talent"), ("R2", *ROW[1:5], None)], study), study)
    np.testing.assert_equal(cleaned.data["how_many"].tolist(), [2.0, np.nan, 1.0])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  role: {", "  talent: {column: picks, type: picked}\n  role: {"),
        (', options: ["Data, and access", Talent, Governance]', ""),
    ],
)
def test_choices_joined_in_one_cell_are_never_split_by_guess(tmp_path: Path, old: str, new: str) -> None:
    study = spoiled(tmp_path, old, new)
    with pytest.raises(StudyError, match="'picks' of responses.csv is one column.*'choices: "):
        clean(export_of([ROW], study), study)
