"""Every export at hand, every trap as a small literal, and proof that only an ExportError comes out."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from surveykit.errors import ExportError
from surveykit.exports import RawExport, read_export
from surveykit.exports.read import PLATFORMS
from surveykit.exports.table import LABEL_COLUMNS, QUESTION_COLUMNS

FILES = Path(__file__).parent / "files"
OSPO = Path(__file__).parents[2] / "data" / "ospo-2018" / "responses.csv"
KINDS = {"metadata", "single", "spread", "multiple", "grid", "other"}

EXPORTS = [
    ("careless/careless_dataset.csv", "plain", 200, 50),
    ("careless/careless_dataset2.csv", "plain", 1000, 100),
    ("fte_starwars/StarWars.csv", "surveymonkey", 1186, 38),
    ("jupyter_2016_googleforms/responses.csv", "google_forms", 125, 25),
    ("limesurvey_n2/dummy_data_codeandtext.csv", "limesurvey", 12, 559),
    ("limesurvey_n2/dummy_data_codeonly.csv", "limesurvey", 12, 559),
    ("pyreadstat_sav/missing_test.sav", "spss", 2, 1),
    ("pyreadstat_sav/ordered_category.sav", "spss", 4, 1),
    ("pyreadstat_sav/sample.sav", "spss", 5, 7),
    ("pyreadstat_sav/sample_missing.sav", "spss", 7, 7),
    ("qualtrics_real_w241/mturk_nocaptcha_data.csv", "qualtrics", 102, 51),
    ("qualtrics_real_w241/nonmturk_data2.csv", "qualtrics", 104, 51),
    ("qualtrics_real_w241/pilot_data_07212020.csv", "qualtrics", 26, 45),
    ("qualtrics_real_w241/pilot_numeric_data_07212020.csv", "qualtrics", 26, 45),
    ("redcap_REDCapR/checkboxes-1--data.csv", "redcap", 4, 13),
    ("redcap_REDCapR/clinical-trial-1--data.csv", "redcap", 500, 13),
    ("redcap_REDCapR/decimal-comma--data.csv", "redcap", 4, 6),
    ("semopy/holzinger_swineford39_data.csv", "plain", 301, 16),
]

NO_RESPONSES = [
    ("limesurvey_n2/test_survey_structure.lss", "defines the survey"),
    ("qualtrics_qsf_sp/test_survey.qsf", "defines the survey"),
    ("qualtrics_qsf_sp/test_survey_responses.xml", r"unsupported kind of file; given: '\.xml'"),
    ("redcap_REDCapR/checkboxes-1--dictionary.csv", "data dictionary"),
    ("redcap_REDCapR/clinical-trial-1--dictionary.csv", "data dictionary"),
]


def write(folder: Path, content: str | bytes, name: str = "answers.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return file


def check_contract(export: RawExport) -> None:
    assert export.data.columns.is_unique
    assert all(isinstance(column, str) and column for column in export.data.columns)
    assert export.data.index.equals(pd.RangeIndex(len(export.data)))
    assert isinstance(export.data.index, pd.RangeIndex)
    assert all(dtype == "str" for dtype in export.data.dtypes)
    assert not export.data.isna().all(axis="columns").any()
    assert not (export.data == "").any(axis=None)
    assert tuple(export.questions.columns) == QUESTION_COLUMNS
    assert export.questions["column"].tolist() == export.data.columns.tolist()
    assert set(export.questions["kind"]) <= KINDS
    assert not export.questions.isna().any(axis=None)
    assert tuple(export.labels.columns) == LABEL_COLUMNS
    assert export.platform in PLATFORMS
    assert export.decimal in {".", ","}


@pytest.mark.parametrize(("file", "platform", "rows", "columns"), EXPORTS, ids=[case[0] for case in EXPORTS])
def test_every_export_at_hand(file, platform, rows, columns):
    export = read_export(FILES / file)
    check_contract(export)
    assert (export.platform, *export.data.shape) == (platform, rows, columns)
    assert export.source == Path(file).name
    assert export.sha256 == hashlib.sha256((FILES / file).read_bytes()).hexdigest()


@pytest.mark.parametrize(("file", "message"), NO_RESPONSES, ids=[case[0] for case in NO_RESPONSES])
def test_files_without_responses_say_so(file, message):
    with pytest.raises(ExportError, match=message):
        read_export(FILES / file)


def test_ospo_2018():
    export = read_export(OSPO)
    check_contract(export)
    assert (export.platform, *export.data.shape) == ("surveymonkey", 748, 174)


def test_definitions_under_the_wrong_ending_are_refused(tmp_path):
    content = (FILES / "qualtrics_qsf_sp" / "test_survey.qsf").read_bytes()
    with pytest.raises(ExportError, match="a web page or a survey definition"):
        read_export(write(tmp_path, content))
    with pytest.raises(ExportError, match="a web page or a survey definition"):
        read_export(write(tmp_path, "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"))


SMALL = "id,q1,q2\n007,Très bien,NA\n008,,None\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_encodings(tmp_path, encoding):
    export = read_export(write(tmp_path, SMALL.encode(encoding)))
    check_contract(export)
    assert export.data.columns.tolist() == ["id", "q1", "q2"]
    assert export.data["q1"].tolist()[0] == "Très bien"


def test_nothing_is_retyped(tmp_path):
    cells = ["NA", "None", "null", "nan", "N/A", "-", "007", "1.50", " x ", "TRUE", "1e5"]
    export = read_export(
        write(tmp_path, "id;q\n" + "".join(f"{at};{cell}\n" for at, cell in enumerate(cells)))
    )
    assert export.data["q"].tolist() == cells


def test_only_empty_and_blank_cells_are_missing(tmp_path):
    export = read_export(write(tmp_path, 'id,q\n1,\n2,"  "\n3,\u00a0\n4,0\n5\n'))
    assert export.data["q"].isna().tolist() == [True, True, True, False, True]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path, delimiter, ending):
    rows = [["id", "Name, full", "note"], ["1", "A", "x; y"], ["2", "B", "x | y, z"]]
    text = ending.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + ending
    export = read_export(write(tmp_path, text))
    assert export.delimiter == delimiter
    assert export.data.to_numpy().tolist() == rows[1:]


def test_mixed_line_ends(tmp_path):
    assert read_export(write(tmp_path, "a,b\r\n1,2\r3,4\n5,6")).data["b"].tolist() == ["2", "4", "6"]


def test_semicolons_with_decimal_commas(tmp_path):
    export = read_export(write(tmp_path, "id;x;y\n1;2,5;1\n2;3,25;\n3;4,0;2\n"))
    assert (export.delimiter, export.decimal) == (";", ",")
    assert export.data["x"].tolist() == ["2,5", "3,25", "4,0"]


def test_thousands_are_no_decimal_commas(tmp_path):
    assert read_export(write(tmp_path, 'id;x\n1;"1,234"\n2;"2,500"\n')).decimal == "."


def test_declared_separator_of_excel(tmp_path):
    export = read_export(write(tmp_path, "sep=;\na;b\n1;2\n"))
    assert (export.delimiter, export.data.columns.tolist()) == (";", ["a", "b"])


def test_title_lines_before_the_header(tmp_path):
    export = read_export(write(tmp_path, "Strategy survey 2026\n\nid,q1,q2\n1,2,3\n4,5,6\n"))
    assert export.data.columns.tolist() == ["id", "q1", "q2"]
    padded = read_export(write(tmp_path, "Strategy survey 2026,,\nid,q1,q2\n1,2,3\n4,5,6\n"))
    assert padded.data.columns.tolist() == ["id", "q1", "q2"]


def test_a_table_of_one_column_has_no_title(tmp_path):
    assert read_export(write(tmp_path, "comment\nGood\nBad\n")).data["comment"].tolist() == ["Good", "Bad"]


def test_blank_rows_are_dropped(tmp_path):
    export = read_export(write(tmp_path, "a,b\n\n1,2\n,\n  ,\n3,4\n\n"))
    assert export.data["a"].tolist() == ["1", "3"]


def test_blank_and_repeated_headers_get_unique_names(tmp_path):
    export = read_export(write(tmp_path, "a,,a,a.2,,column_2\n1,2,3,4,5,6\n"))
    check_contract(export)
    assert export.data.columns.tolist() == ["a", "column_2", "a.3", "a.2", "column_5", "column_2.2"]


def test_newlines_and_html_in_headers(tmp_path):
    export = read_export(write(tmp_path, 'id,"<p>How <b>clear</b>\nis it?&nbsp;</p>"\n1,yes\n'))
    assert export.questions["question"].tolist() == ["id", "How clear is it?"]
    assert export.data.columns.tolist() == ["id", "How clear is it?"]


def test_newlines_and_quotes_in_answers(tmp_path):
    export = read_export(write(tmp_path, 'id,q\n1,"two\nlines, ""quoted"""\n2,x\n'))
    assert export.data["q"].tolist() == ['two\nlines, "quoted"', "x"]


def test_many_columns(tmp_path):
    names = [f"q{at}" for at in range(1200)]
    export = read_export(write(tmp_path, ",".join(names) + "\n" + ",".join("1" * 1200) + "\n"))
    assert export.data.shape == (1, 1200)


def test_short_rows_are_filled_and_empty_cells_beyond_the_header_ignored(tmp_path):
    export = read_export(write(tmp_path, "a,b,c\n1\n1,2,3,,\n4,5,6\n"))
    assert export.data["c"].tolist()[1:] == ["3", "6"]


def test_tsv_and_path_as_text(tmp_path):
    file = write(tmp_path, "a\tb\n1\t2\n", "answers.tsv")
    assert read_export(str(file)).delimiter == "\t"


def test_parquet_becomes_the_plainest_text(tmp_path):
    table = pa.table(
        {
            "n": [1.0, 2.5, None],
            "flag": [True, None, False],
            "day": pa.array([0, 1, 2], type=pa.date32()),
            "text": ["NA", "", "007"],
        }
    )
    pq.write_table(table, tmp_path / "answers.parquet")
    export = read_export(tmp_path / "answers.parquet")
    check_contract(export)
    assert export.data["n"].tolist()[:2] == ["1", "2.5"]
    assert export.data["flag"].dropna().tolist() == ["True", "False"]
    assert export.data["day"].tolist() == ["1970-01-01", "1970-01-02", "1970-01-03"]
    assert export.data["text"].isna().tolist() == [False, True, False]
    assert (export.encoding, export.delimiter, export.decimal) == ("", "", ".")


def test_platform_can_be_forced(tmp_path):
    file = FILES / "fte_starwars" / "StarWars.csv"
    assert read_export(file, platform="plain").data.shape == (1187, 38)
    with pytest.raises(
        ExportError, match=r"unknown platform; given: 'qualtrix'; allowed: .*Did you mean 'qualtrics'"
    ):
        read_export(file, platform="qualtrix")
    with pytest.raises(ExportError, match="text file and cannot be read as spss"):
        read_export(file, platform="spss")
    with pytest.raises(ExportError, match="spss file and cannot be read as plain"):
        read_export(FILES / "pyreadstat_sav" / "sample.sav", platform="plain")


def test_missing_file_suggests_its_neighbour(tmp_path):
    write(tmp_path, SMALL, "responses.csv")
    with pytest.raises(ExportError, match=r"no such file\. Did you mean 'responses\.csv'"):
        read_export(tmp_path / "response.csv")
    with pytest.raises(ExportError, match="no such file"):
        read_export(tmp_path / "nowhere" / "response.csv")


BAD = [
    (b"", "a.csv", "the file is empty"),
    (b"\n\n , \n", "a.csv", "the file is empty"),
    (b"a,b,c\n", "a.csv", "holds no responses, only a header"),
    (b"a,b\n1,2\n1,\x002\n", "a.csv", r"a\.csv:3: this is not a text table, it holds NUL"),
    (bytes(range(256)) * 4, "a.csv", "not a text table"),
    (b"\xff\xfea", "a.csv", "do not match their byte-order mark"),
    (b"\x01\x02\x03\x04 a,b", "a.csv", "4 control characters"),
    (b'a,b\n1,2\n3,"4\n5,6\n', "a.csv", r"a\.csv:3: a row that starts here cannot be split"),
    (b'a,b\n1,"' + b"x" * 140_000 + b'"\n', "a.csv", r"a\.csv:2: a row that starts here cannot be split"),
    (b"a,b\n1,2\n\n1,2,3\n", "a.csv", r"a\.csv:4: this row has 3 cells, the header has 2; given: '3'"),
    (b"PK\x03\x04 broken", "a.xlsx", "cannot be read as an Excel workbook"),
    (b"plain text", "a.xlsx", "cannot be read as an Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "a.xlsx", "protected by a password or in the old .xls format"),
    (b"PAR1 broken", "a.parquet", "cannot be read as a Parquet file"),
    (b"$FL2 broken", "a.sav", "cannot be read as an SPSS file"),
    (b"<stata_dta> broken", "a.dta", "cannot be read as a Stata file"),
    (b"a,b\n1,2\n", "a.pdf", r"unsupported kind of file; given: '\.pdf'; allowed: \.csv"),
    (b"a,b\n1,2\n", "a", "given: 'no ending'"),
    (b"PK\x03\x04", "a.zip", "Unpack it"),
]


@pytest.mark.parametrize(("content", "name", "message"), BAD, ids=range(len(BAD)))
def test_bad_files(tmp_path, content, name, message):
    with pytest.raises(ExportError, match=message) as raised:
        read_export(write(tmp_path, content, name))
    assert str(raised.value).startswith(name)


def test_folder_and_impossible_paths(tmp_path):
    with pytest.raises(ExportError, match="this is a folder"):
        read_export(tmp_path)
    with pytest.raises(ExportError, match="cannot be opened"):
        read_export("a\x00b.csv")
    with pytest.raises(ExportError, match="cannot be opened"):
        read_export(None)


def attempt(content: bytes, name: str, platform: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            export = read_export(write(Path(folder), content, name), platform=platform)
        except ExportError as error:
            assert str(error)  # noqa: PT017 (either way out is right, a third is not)
        else:
            check_contract(export)
            for group in export.questions["group"].unique():
                answer_or_refuse(export, group)


def answer_or_refuse(export: RawExport, group: str) -> None:
    try:
        answers = export.answers(group)
    except ExportError as error:
        assert "several answers" in str(error)  # noqa: PT017
    else:
        assert len(answers) == len(export.data)


RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CELL = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", "ResponseId", "StartDate", "EndDate", '{"ImportId":"QID1"}', "Respondent ID", "Response"]
    ),
    st.sampled_from(
        ["ID", "Start time", "Timestamp", "What? [a]", "id", "submitdate", "lastpage", "A1[SQ1]"]
    ),
    st.sampled_from(
        ["field___1", "record_id", "a_complete", "0", "1", "Yes", "No", "a, b", "a;b;", "Other", "N/A"]
    ),
)
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=6), min_size=1, max_size=6)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])


@RELAXED
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.tsv", "a.xlsx", "a.parquet", "a.dta"]))
def test_random_bytes_never_leak_another_error(content, name):
    attempt(content, name)


@RELAXED
@given(TABLE, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]), ENCODINGS, st.booleans())
def test_random_tables_never_leak_another_error(table, delimiter, ending, encoding, quoted):
    mark = '"' if quoted else ""
    text = ending.join(delimiter.join(f"{mark}{cell}{mark}" for cell in row) for row in table)
    attempt(text.encode(encoding, errors="replace"), "a.csv")


@RELAXED
@given(TABLE, st.sampled_from(PLATFORMS))
def test_forced_platforms_never_leak_another_error(table, platform):
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table)
    attempt(text.encode("utf-8", errors="replace"), "a.csv", platform)


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["id", "q"])
    book.active.append([1, "x"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), stream)
    return stream.getvalue()


WORKBOOK, PARQUET = workbook(), parquet()


@RELAXED
@given(st.data())
def test_damaged_workbooks_and_parquet_files_never_leak_another_error(data):
    content, name = data.draw(st.sampled_from([(WORKBOOK, "a.xlsx"), (PARQUET, "a.parquet")]))
    at = data.draw(st.integers(4, len(content) - 1))
    damage = data.draw(st.binary(max_size=6))
    attempt(content[:at] + damage + content[at + len(damage) :], name)
    attempt(content[:at], name)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), min_size=1))
def test_answers_come_back_as_they_were_typed(answers):
    rows = "".join(f'{at},"' + text.replace('"', '""') + '"\n' for at, text in enumerate(answers))
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), "id,answer\n" + rows)
        if sum(ord(letter) < 32 and letter not in "\t\n\r" for letter in rows) * 100 > len(rows) + 10:
            return
        export = read_export(file)
    assert export.data["answer"].fillna("").tolist() == [text if text.strip() else "" for text in answers]
