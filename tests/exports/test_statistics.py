"""SPSS and Stata files, written here so that no file of another licence is needed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from surveykit.errors import ExportError
from surveykit.exports import read_export

FOLDER = Path(__file__).parent / "files" / "pyreadstat_sav"
AGREE = {1: "Strongly disagree", 2: "Disagree", 3: "No opinion", 4: "Agree", 5: "Strongly agree"}


@pytest.mark.parametrize("name", ["hotel.sav", "hotel.zsav"])
def test_codes_as_text_with_their_labels(tmp_path, name):
    data = pd.DataFrame({"v1": [4.0, 1.0, None, 2.0], "v2": [2.0, 1.0, 2.5, 3.0]})
    labels = ["I am satisfied with the service", "The value for money was good"]
    pyreadstat.write_sav(
        data,
        tmp_path / name,
        column_labels=labels,
        variable_value_labels={"v1": AGREE},
        compress=name.endswith("zsav"),
    )
    export = read_export(tmp_path / name)
    assert (export.platform, export.questions["question"].tolist()) == ("spss", labels)
    assert export.data["v1"].fillna("").tolist() == ["4", "1", "", "2"]
    assert export.data["v2"].tolist() == ["2", "1", "2.5", "3"]
    assert export.labels["label"].tolist() == list(AGREE.values())
    assert not export.labels["is_missing"].any()


def test_user_missing_codes_and_ranges_are_kept_and_declared(tmp_path):
    data = pd.DataFrame({"q": [1.0, 9.0, -5.0, -1.0, None], "s": ["a", "x", "", "b", "x"]})
    pyreadstat.write_sav(
        data,
        tmp_path / "a.sav",
        missing_ranges={"q": [{"lo": -9, "hi": -1}, 9], "s": ["x"]},
        variable_value_labels={"q": {1: "Yes", -9: "Refused", 9: "Don't know"}},
    )
    export = read_export(tmp_path / "a.sav")
    assert export.data["q"].fillna("").tolist() == ["1", "9", "-5", "-1", ""]
    missing = export.labels[export.labels["is_missing"]]
    assert list(zip(missing["column"], missing["value"], missing["label"], strict=True)) == [
        ("q", "-9", "Refused"),
        ("q", "9", "Don't know"),
        ("q", "-1", ""),
        ("q", "-5", ""),
        ("s", "x", ""),
    ]
    assert export.labels.loc[export.labels["value"] == "1", "is_missing"].tolist() == [False]


def test_sample_with_missing_values_of_every_kind():
    export = read_export(FOLDER / "sample_missing.sav")
    missing = export.labels.loc[export.labels["is_missing"], ["column", "value"]]
    assert missing.to_numpy().tolist() == [
        ["mynum", "-1"],
        ["mynum", "2500"],
        ["mylabl", "-1"],
        ["myord", "-1"],
        ["myord", "-3"],
    ]
    assert export.data["mydate"].tolist()[0] == "2018-05-06"
    assert export.data["dtime"].tolist()[0] == "2018-05-06 10:10:10"
    assert export.data["mytime"].tolist()[0] == "10:10:10"


def test_without_leaves_out_labels_too():
    export = read_export(FOLDER / "sample_missing.sav").without(["mynum"])
    assert "mynum" not in export.data
    assert "mynum" not in set(export.labels["column"])
    with pytest.raises(ExportError, match=r"no column 'mynun' to leave out.*Did you mean 'mynum'"):
        read_export(FOLDER / "sample.sav").without(["mynun"])


def test_stata_with_extended_missing_values(tmp_path):
    data = pd.DataFrame(
        {"q": [1.0, 2.0, "a", "b", None], "day": [dt.date(2026, 3, 1)] * 5, "note": ["a", "", "z", "NA", "b"]}
    )
    pyreadstat.write_dta(
        data,
        tmp_path / "a.dta",
        column_labels=["Is it clear?", "Day", "Note"],
        missing_user_values={"q": ["a", "b"]},
        variable_value_labels={"q": {1: "Yes", "a": "Refused"}},
    )
    export = read_export(tmp_path / "a.dta")
    assert export.platform == "stata"
    assert export.data["q"].fillna("").tolist() == ["1", "2", ".a", ".b", ""]
    assert export.data["note"].fillna("").tolist() == ["a", "", "z", "NA", "b"]
    assert export.data["day"].tolist() == ["2026-03-01"] * 5
    assert export.labels.to_numpy().tolist() == [
        ["q", "1", "Yes", False],
        ["q", ".a", "Refused", True],
        ["q", ".b", "", True],
    ]


def test_files_without_cases(tmp_path):
    pyreadstat.write_sav(pd.DataFrame({"q": pd.Series(dtype="float")}), tmp_path / "a.sav")
    with pytest.raises(ExportError, match=r"a\.sav: the export holds no responses"):
        read_export(tmp_path / "a.sav")


def test_western_bytes_in_a_file_that_claims_utf8(tmp_path):
    pyreadstat.write_sav(pd.DataFrame({"q": ["#lan", "tea"]}), tmp_path / "a.sav")
    content = (tmp_path / "a.sav").read_bytes()
    (tmp_path / "a.sav").write_bytes(content.replace(b"#lan", "élan".encode("cp1252")))
    assert read_export(tmp_path / "a.sav").data["q"].tolist() == ["élan", "tea"]


def test_a_header_that_promises_too_much(tmp_path):
    pyreadstat.write_dta(pd.DataFrame({"q": [1.0]}), tmp_path / "a.dta", version=14)
    content = bytearray((tmp_path / "a.dta").read_bytes())
    at = content.index(b"<N>") + 3
    content[at : at + 8] = (10**9).to_bytes(8, "little")
    (tmp_path / "a.dta").write_bytes(content)
    with pytest.raises(ExportError, match=r"a\.dta: the file is damaged: it promises 1,000,000,000 answers"):
        read_export(tmp_path / "a.dta")


def test_damaged_files(tmp_path):
    content = (FOLDER / "sample.sav").read_bytes()
    (tmp_path / "a.sav").write_bytes(content[:300])
    with pytest.raises(ExportError, match=r"a\.sav: this cannot be read as an SPSS file"):
        read_export(tmp_path / "a.sav")
