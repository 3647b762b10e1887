"""Waves of a study: read by one codebook, changes found as planted, what was asked otherwise said."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT, small_responses, write_small_study

from surveykit import aggregate, clean, load_study, read_export, score
from surveykit.errors import CleaningError, EstimateError, StudyError
from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.waves.change import change_between
from surveykit.estimates.waves.compare import compare_waves, sentence
from surveykit.estimates.waves.files import WaveFile, read_wave, study_of_wave, wordings
from surveykit.study.plan import Quantity, Responses, Wave

SHIPPED = "waves/2025"
EARLIER = Wave(
    responses=Responses(file=f"{SHIPPED}/responses.csv"),
    organisations=f"{SHIPPED}/organisations.csv",
    initiatives=f"{SHIPPED}/initiatives.csv",
    columns={"capabilities_agreed": "Q16"},
)


def with_wave(study, wave, name="2025"):
    return study.model_copy(update={"wave": "2026", "waves": {name: wave}})


def files_of(study):
    raw = read_export(study.beside(study.responses.file))
    files = {name: read_wave(study, name) for name in study.waves}
    return files | {study.wave: WaveFile(study=study, raw=raw, not_asked=[])}


def scored(file):
    return aggregate(score(clean(file.raw, file.study)))


def designs_of(aggregated):
    levels = ["executive", "organisation"]
    levels += ["initiative"] if aggregated.scored.cleaned.initiatives is not None else []
    return {level: Design(cluster=aggregated.rows(level)["organisation"]) for level in levels}


def compared(files):
    aggregated = {wave: scored(file) for wave, file in files.items()}
    designs = {wave: designs_of(each) for wave, each in aggregated.items()}
    return compare_waves(aggregated, designs, wordings(files))


@pytest.fixture(scope="module")
def study():
    return with_wave(load_study(ROOT / "data/ai-strategy"), EARLIER)


@pytest.fixture(scope="module")
def files(study):
    return files_of(study)


@pytest.fixture(scope="module")
def aggregated(files):
    return {wave: scored(file) for wave, file in files.items()}


@pytest.fixture(scope="module")
def waves(files, aggregated):
    designs = {wave: designs_of(each) for wave, each in aggregated.items()}
    return compare_waves(aggregated, designs, wordings(files))


@pytest.fixture(scope="module")
def truth():
    return json.loads((ROOT / "data/ai-strategy" / SHIPPED / "truth.json").read_text(encoding="utf-8"))


def test_the_planted_changes_are_found(waves, truth):
    change = truth["change"]["sampled"]
    planted = {name: each["mean"] for name, each in change["scales"].items()} | change["estimates"]
    data = waves.data.set_index("name")
    assert list(data.index) == [*change["estimates"], *change["scales"]]
    # 11 figures of one fixed pair of seeds: all within 3 standard errors has a chance of .97 if all is right.
    assert ((data["estimate"] - pd.Series(planted)[data.index]).abs() < 3 * data["std_error"]).all()
    clarity = data.loc["strategy_clarity"]
    assert clarity["p_adjusted"] < 0.01
    assert clarity["ci_lower"] > 0


def test_what_did_not_change_is_not_said_to(waves, truth):
    unchanged = [name for name, each in truth["change"]["sampled"]["scales"].items() if each["mean"] == 0]
    data = waves.data.set_index("name").loc[unchanged]
    assert len(data) == 6
    assert (data["p_adjusted"] > 0.05).all()


def test_organisations_in_both_waves_are_known_by_their_code(waves, truth):
    row = waves.data.set_index("name").loc["strategy_clarity"]
    assert row[["sample", "organisations_before", "organisations_after"]].tolist() == [
        "overlapping",
        180,
        180,
    ]
    assert row["n_both"] == truth["organisations_in_both_waves"] == 90


def test_levels_are_the_estimates_of_each_wave(waves, aggregated):
    row = waves.levels.set_index(["name", "wave"]).loc[("ownership", "2025")]
    executives = aggregated["2025"].rows("executive")
    alone = estimate_by(executives["ownership"], Design(cluster=executives["organisation"])).iloc[0]
    for column in ("estimate", "std_error", "ci_lower", "ci_upper", "n_obs"):
        assert row[column] == alone[column]


def test_a_scale_is_compared_over_the_items_both_waves_asked(waves, aggregated):
    items = ["adoption_1", "adoption_2", "adoption_4"]
    values = {}
    for wave, each in aggregated.items():
        answers = each.scored.cleaned.data[items]
        values[wave] = answers.mean(axis=1).where(answers.notna().all(axis=1))  # 3 of the 4 were needed
    designs = {wave: designs_of(each)["executive"] for wave, each in aggregated.items()}
    want = change_between(values, designs).iloc[0]
    row = waves.data.set_index("name").loc["adoption_quality"]
    assert row["estimate"] == want["estimate"]
    assert row["caution"] == "over the 3 of 4 items that all waves asked"


def test_a_changed_wording_puts_a_caution_on_what_rests_on_it(waves):
    cautions = waves.data.set_index("name")["caution"]
    assert cautions["ownership"] == "1 of its 3 questions worded otherwise in 2025"
    assert set(cautions[cautions != ""].index) == {"ownership", "adoption_quality"}


def test_a_dispersion_says_where_its_items_were_not_all_asked(files):
    def with_figure(file):
        figures = {"spread": Quantity(mean_of="adoption_quality_dispersion")}
        return replace(
            file, study=file.study.model_copy(update={"estimates": figures, "scales": scales(file)})
        )

    def scales(file):
        return {"adoption_quality": file.study.scales["adoption_quality"]}

    found = compared({wave: with_figure(file) for wave, file in files.items()}).data.set_index("name")
    assert found.loc["spread", "level"] == "organisation"
    assert found.loc["spread", "caution"] == "not all waves asked all of its items"


def test_changes_of_medians_are_left_out_and_said(files):
    figures = {"middle": Quantity(median_of="adoption_quality")}
    plain = {
        wave: replace(file, study=file.study.model_copy(update={"estimates": figures}))
        for wave, file in files.items()
    }
    left_out = compared(plain).left_out
    assert left_out[["name", "wave", "reason"]].to_numpy().tolist() == [
        ["middle", "", "the change of a median is not tested"]
    ]


def test_flow_counts_each_wave(waves, truth):
    flow = waves.flow.set_index("wave")
    assert list(flow.index) == ["2025", "2026"]
    kept = truth["n"]["executives"] - len(truth["honest_runs"])
    assert flow.loc["2025", ["executives", "organisations"]].tolist() == [kept, 180]
    assert flow.loc["2025", "responses"] == truth["n"]["executives"] + sum(truth["planted"]["rows"].values())


def test_p_values_are_adjusted_over_the_figures_of_two_waves_and_the_method_is_named(waves):
    assert waves.data["adjusted"].unique().tolist() == ["Holm over 11 figures"]
    # By hand: the smallest times 11, the next times 10 but no less than that, ..
    ordered = waves.data.sort_values("p_value")
    steps = (ordered["p_value"] * np.arange(11, 0, -1)).cummax().clip(upper=1)
    assert ordered["p_adjusted"].tolist() == pytest.approx(steps.tolist())


def test_to_frame_is_a_copy_and_repr_is_short(waves):
    frame = waves.to_frame()
    frame["estimate"] = 0
    assert (waves.data["estimate"] != 0).all()
    assert repr(waves) == "Waves(2025, 2026: 11 changes of 11 figures)"


def test_what_was_asked_is_set_side_by_side(files):
    table = wordings(files).set_index(["name", "wave"])
    assert table.loc[("ownership_2", "2025"), "wording"].endswith("Humans oversee what AI decides")
    assert table.index[table["changed"]].tolist() == [("ownership_2", "2025")]
    assert table.index[~table["asked"]].tolist() == [("adoption_3", "2025")]
    assert set(table["kind"]) == {"item", "variable", "choice", "ranking"}
    # In another column, and after a label of the study's own: neither is another wording.
    assert not table.loc[("capabilities_agreed", "2025"), "changed"]


def test_typing_accidents_are_no_other_wording(files):
    raw = files["2025"].raw
    questions = raw.questions.assign(part=raw.questions["part"].str.upper() + "\u00a0")
    spoilt = replace(files["2025"], raw=replace(raw, questions=questions))
    table = wordings(files | {"2025": spoilt})
    assert table.loc[table["changed"], "name"].tolist() == ["ownership_2"]


def test_a_missing_item_leaves_the_plan_with_all_that_rests_on_it(study):
    file = read_wave(study, "2025")
    assert file.not_asked == ["adoption_3"]
    assert file.study.scales["adoption_quality"].items == ["adoption_1", "adoption_2", "adoption_4"]
    assert file.study.scales["adoption_quality"].min_answered == 3
    assert "adoption_3" not in file.study.items
    assert repr(file).endswith("1 names not asked)")


@pytest.fixture
def small(tmp_path):
    """A small study, and a folder for its earlier wave."""
    folder = write_small_study(tmp_path / "small")
    (folder / "then").mkdir()
    return folder


def small_wave(folder, responses, **parts):
    responses.to_csv(folder / "then/responses.csv", index=False)
    wave = Wave(responses=Responses(file="then/responses.csv"), **parts)
    return with_wave(load_study(folder), wave)


def test_a_scale_left_with_one_item_goes_and_the_rest_is_compared(small):
    study = small_wave(small, small_responses(seed=8).drop(columns=["q2", "q3"]))
    files = files_of(study)
    assert files["2025"].not_asked == ["plain_2", "turned", "clarity", "done", "months"]
    found = compared(files)
    assert found.data["name"].tolist() == ["agree"]
    assert found.left_out[["name", "wave"]].to_numpy().tolist() == [["clarity", "2025"]]
    assert found.levels.query("name == 'clarity'")["wave"].tolist() == ["2026"]


def test_a_headline_that_was_not_asked_is_left_out_and_said(small):
    found = compared(files_of(small_wave(small, small_responses(seed=8).drop(columns="q1"))))
    assert found.data["name"].tolist() == ["clarity"]
    assert found.data["caution"].tolist() == ["over the 2 of 3 items that all waves asked"]
    assert found.left_out[["name", "wave", "reason"]].to_numpy().tolist() == [
        ["agree", "2025", "not asked, or fewer than two of its items were"]
    ]


def test_initiatives_of_this_wave_are_never_read_as_those_of_another(small):
    study = small_wave(small, small_responses(seed=8))
    assert read_wave(study, "2025").study.initiatives is None
    assert read_wave(study, "2025").study.organisations.file == "organisations.csv"


def test_roles_and_rules_move_with_their_columns(small):
    moved = small_responses(seed=8).rename(columns={"org": "company", "q1": "agree", "email": "mail"})
    study = small_wave(small, moved, columns={"organisation": "company", "plain_1": "agree"})
    file = read_wave(study, "2025")
    assert file.study.columns.organisation == "company"
    assert file.study.columns.personal == []
    assert scored(file).scores["n_executives"].sum() == 80


def test_a_column_the_wave_names_must_be_there(small):
    study = small_wave(small, small_responses(seed=8), columns={"plain_1": "q11"})
    with pytest.raises(StudyError, match="column 'q11' is not in responses.csv.*Did you mean 'q1'"):
        scored(read_wave(study, "2025"))


def test_columns_of_roles_and_rules_must_be_there(small):
    study = small_wave(small, small_responses(seed=8).drop(columns="seconds"))
    with pytest.raises(StudyError, match="column 'seconds' is not in responses.csv"):
        scored(read_wave(study, "2025"))


def test_variables_that_weight_are_never_dropped(small):
    study = small_wave(small, small_responses(seed=8).drop(columns="role"))
    assert "role" in read_wave(study, "2025").not_asked
    weighting = study.model_copy(update={"design": study.design.model_copy(update={"stratum": "role"})})
    with pytest.raises(StudyError, match="column 'role' is not in responses.csv"):
        scored(read_wave(weighting, "2025"))


def test_an_attention_check_that_was_not_asked_is_passed_over_and_said(small):
    text = (small / "study.yaml").read_text(encoding="utf-8")
    check = "exclude:\n  - failed_check: {column: check, answer: Agree}\n"
    (small / "study.yaml").write_text(text.replace("exclude:\n", check), encoding="utf-8")
    file = read_wave(small_wave(small, small_responses(seed=8)), "2025")
    assert file.not_asked[-1] == "failed_check"
    assert len(scored(file).scores) == 20


def test_an_unknown_wave_is_refused(study):
    with pytest.raises(StudyError, match="no wave '2024'; allowed: 2025. Did you mean '2025'"):
        study_of_wave(study, "2024")


def test_one_wave_is_no_comparison(aggregated, files):
    with pytest.raises(EstimateError, match=r"two or more; given: \['2026'\]"):
        compare_waves({"2026": aggregated["2026"]}, {}, wordings(files))


def test_respondents_without_organisation_or_name_are_nobody_of_another_wave(small):
    """Row 5 of one file is not row 5 of another."""
    text = (small / "study.yaml").read_text(encoding="utf-8")
    start, stop = text.index("organisations:"), text.index("exclude:")
    text = text[:start] + text[stop:]
    text = text.replace("organisation: org, ", "").replace("segments: [size]", "segments: []")
    text = text[: text.index("links:")] + text[text.index("report:") :]
    for known, sample in ((True, "repeated"), (False, "fresh")):
        plain = text if known else text.replace("respondent: id, ", "").replace("  - duplicate\n", "")
        (small / "study.yaml").write_text(plain, encoding="utf-8")
        found = compared(files_of(small_wave(small, small_responses(seed=8))))
        assert found.data["sample"].unique().tolist() == [sample]


def row(**parts):
    usual = {"label": "Agree", "statistic": "share", "since": "2025", "wave": "2026", "reason": ""}
    figures = {"before": 0.221, "after": 0.289, "estimate": 0.068, "ci_lower": 0.021, "ci_upper": 0.115}
    return usual | figures | {"p_adjusted": 0.01, "adjusted": "Holm over 3 figures"} | parts


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "Agree: rose from 22.1% in 2025 to 28.9% in 2026, by 6.8 points (95% interval 2.1 to 11.5)."),
        (
            {"before": 0.289, "after": 0.221, "estimate": -0.068, "ci_lower": -0.115, "ci_upper": -0.021},
            "Agree: fell from 28.9% in 2025 to 22.1% in 2026, by 6.8 points (95% interval 2.1 to 11.5).",
        ),
        (
            {"ci_lower": -0.0004},
            (
                "Agree: 22.1% in 2025 and 28.9% in 2026; +6.8 points (95% interval 0.0 to 11.5) cannot be told from no "
                "change."
            ),
        ),
        (
            {"p_adjusted": 0.2},
            (
                "Agree: 22.1% in 2025 and 28.9% in 2026; +6.8 points (95% interval 2.1 to 11.5), which once all that "
                "was tested is counted (Holm over 3 figures) cannot be told from no change."
            ),
        ),
        (
            {
                "statistic": "mean",
                "before": 2.5,
                "after": 2.75,
                "estimate": 0.25,
                "ci_lower": 0.1,
                "ci_upper": 0.4,
            },
            "Agree: rose from 2.50 in 2025 to 2.75 in 2026, by 0.25 (95% interval 0.10 to 0.40).",
        ),
        (
            {"ci_lower": np.nan, "reason": "too few organisations answered in 2025"},
            (
                "Agree: 22.1% in 2025 and 28.9% in 2026; too few organisations answered in 2025, so nothing is said of "
                "the change."
            ),
        ),
    ],
)
def test_sentences_say_what_the_interval_says(parts, said):
    assert sentence(row(**parts), 0.95) == said


def test_a_wave_of_other_rules_still_stops_with_a_reason(small):
    study = small_wave(small, small_responses(seed=8).assign(status="Survey Preview"))
    with pytest.raises(CleaningError, match="the rules exclude every response"):
        scored(read_wave(study, "2025"))


def test_shipped_folder_is_where_the_study_says():
    assert (Path(ROOT) / "data/ai-strategy" / SHIPPED / "responses.csv").exists()
