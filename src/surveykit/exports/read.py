"""The one way in: look at a file, find its family, read it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from surveykit.errors import ExportError, did_you_mean
from surveykit.exports import forms, limesurvey, plain, qualtrics, redcap, statistics, surveymonkey
from surveykit.exports.raw import RawExport
from surveykit.exports.sheets import read_parquet, read_xlsx
from surveykit.exports.table import LABEL_COLUMNS, QUESTION_COLUMNS, Parsed
from surveykit.exports.text import Sheet, read_text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from surveykit.exports.statistics import Label


class Family(NamedTuple):
    """How one platform is recognised and read."""

    matches: Callable[[Sheet], bool]
    parse: Callable[[Sheet], Parsed]


# The most specific first: the first that matches reads the file.
FAMILIES = {
    "qualtrics": Family(qualtrics.matches, qualtrics.parse),
    "limesurvey": Family(limesurvey.matches, limesurvey.parse),
    "surveymonkey": Family(surveymonkey.matches, surveymonkey.parse),
    "microsoft_forms": Family(forms.matches_microsoft, forms.parse_microsoft),
    "google_forms": Family(forms.matches_google, forms.parse_google),
    "redcap": Family(redcap.matches, redcap.parse),
    "plain": Family(lambda _: True, plain.parse),
}
BINARY = {"spss": statistics.read_spss, "stata": statistics.read_stata}
PLATFORMS = (*FAMILIES, *BINARY)
FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "text"),
    **dict.fromkeys((".xlsx", ".xlsm"), "xlsx"),
    **dict.fromkeys((".sav", ".zsav"), "spss"),
    ".parquet": "parquet",
    ".dta": "stata",
}
MAGIC = {
    b"PK\x03\x04": "xlsx",
    b"PAR1": "parquet",
    b"$FL2": "spss",
    b"$FL3": "spss",
    b"<stata_dta>": "stata",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old or encrypted",
}
DEFINITION = "It defines the survey and holds no responses: export the responses as CSV."
ADVICE = {
    **dict.fromkeys((".qsf", ".xml", ".lss", ".lsq", ".lsg", ".json"), DEFINITION),
    **dict.fromkeys((".zip", ".gz", ".7z"), "Unpack it and read the file inside."),
    **dict.fromkeys((".xls", ".ods", ".numbers"), "Save it as .xlsx or CSV."),
    **dict.fromkeys((".por", ".sas7bdat", ".rds", ".rdata"), "Save it as .sav, Parquet or CSV."),
}
MARKUP = re.compile(rb'\s*(<\?xml|<!doctype|<html|\{\s*"|\[\s*\{\s*")', re.IGNORECASE)
# Enough answers to see the decimal mark, few enough not to notice.
DECIMAL_ROWS = 2000


def read_export(path: str | os.PathLike[str], *, platform: str | None = None) -> RawExport:
    r"""Read the responses a survey platform exported, as text and nothing but text.

    Format, encoding, delimiter and platform are found from the content. Every value stays as delivered: "NA"
    and "None" are answers, "007" keeps its zeros; only cells that are empty or blank are missing.

    Parameters
    ----------
    path : str or PathLike
        The exported file: CSV or other delimited text, .xlsx, .parquet, .sav, .zsav or .dta.
    platform : str, optional
        ``qualtrics``, ``limesurvey``, ``surveymonkey``, ``microsoft_forms``, ``google_forms``, ``redcap``,
        ``plain``, ``spss`` or ``stata``, if the content should not decide.

    Returns
    -------
    RawExport
        The responses, what each column asked, and how the file was read.

    Raises
    ------
    ExportError
        If the file is missing, empty, damaged, of no known format, holds no responses, or has a row with
        more cells than its header; or if no platform has the name given.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("id;clarity;note\n007;4,5;NA\n008;3,0;\n", encoding="utf-8")
    >>> export = read_export(file)
    >>> export
    RawExport(answers.csv: plain, 2 responses, 3 columns)
    >>> export.data["id"].tolist(), export.data["note"].isna().tolist(), export.decimal
    (['007', '008'], [False, True], ',')
    """
    if platform is not None and platform not in PLATFORMS:
        fix = did_you_mean(platform, PLATFORMS)
        raise ExportError("unknown platform", given=platform, allowed=PLATFORMS, fix=fix)
    file, content = _file(path)
    kind = _format(file, content)
    if kind in BINARY:
        return _read_binary(file, content, kind, platform)
    if platform in BINARY:
        raise _wrong_platform(file.name, kind, platform)
    return _read_sheet(file, content, kind, platform)


def _file(path: str | os.PathLike[str]) -> tuple[Path, bytes]:
    """Read the bytes, or say why there are none."""
    try:
        file = Path(path)
        content = file.read_bytes()
    except IsADirectoryError as error:
        raise ExportError(
            "this is a folder, not an export", where=str(path), fix="Name the file in it."
        ) from error
    except FileNotFoundError as error:
        raise _no_file(Path(path)) from error
    except (OSError, ValueError, TypeError) as error:
        raise ExportError(f"the file cannot be opened ({error})", where=repr(path)) from error
    if not content:
        raise ExportError("the file is empty", where=file.name, fix="Export the responses again.")
    return file, content


def _no_file(file: Path) -> ExportError:
    """Say that a file is not there, and which one may be meant."""
    beside = [each.name for each in file.parent.iterdir()] if file.parent.is_dir() else []
    return ExportError("there is no such file", where=str(file), fix=did_you_mean(file.name, beside))


def _format(file: Path, content: bytes) -> str:
    """Tell the format by the first bytes, among files whose ending is known."""
    suffix = file.suffix.lower()
    expected = FORMATS.get(suffix)
    if expected is None:
        given = suffix or "no ending"
        fix = ADVICE.get(suffix, "Export the responses as CSV.")
        raise ExportError("unsupported kind of file", where=file.name, given=given, allowed=FORMATS, fix=fix)
    found = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), expected)
    if found == "old or encrypted":
        fix = "Save it as .xlsx without a password, or export CSV."
        raise ExportError(
            "the workbook is protected by a password or in the old .xls format", where=file.name, fix=fix
        )
    return found


def _read_binary(file: Path, content: bytes, kind: str, platform: str | None) -> RawExport:
    """Read an SPSS or Stata file, which says itself what it is."""
    if platform not in (None, kind):
        raise _wrong_platform(file.name, kind, platform)
    parsed, labels = BINARY[kind](file)
    return _export(parsed, Sheet(rows=[], lines=[], name=file.name), kind, content, labels)


def _wrong_platform(name: str, kind: str, platform: str | None) -> ExportError:
    return ExportError(
        f"this is {'an' if kind in {'spss', 'xlsx'} else 'a'} {kind} file and cannot be read as {platform}",
        where=name,
        given=platform,
        allowed=[kind] if kind in BINARY else FAMILIES,
        fix="Leave platform out.",
    )


def _read_sheet(file: Path, content: bytes, kind: str, platform: str | None) -> RawExport:
    """Read delimited text, a workbook or a Parquet file by the family that recognises it."""
    if kind == "text" and MARKUP.match(content[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        raise ExportError("this is a web page or a survey definition", where=file.name, fix=DEFINITION)
    readers = {"text": read_text, "xlsx": read_xlsx, "parquet": read_parquet}
    sheet = readers[kind](content, file.name)
    if redcap.is_dictionary(sheet):
        fix = "Read the data export beside it."
        raise ExportError("this is a REDCap data dictionary, it holds no responses", where=file.name, fix=fix)
    family = platform or next(name for name, each in FAMILIES.items() if each.matches(sheet))
    return _export(FAMILIES[family].parse(sheet), sheet, family, content, [])


def _export(parsed: Parsed, sheet: Sheet, platform: str, content: bytes, labels: list[Label]) -> RawExport:
    """Put together what was read and how."""
    questions = pd.DataFrame(parsed.asked, columns=list(QUESTION_COLUMNS), dtype="str")
    table = pd.DataFrame(labels, columns=list(LABEL_COLUMNS))
    return RawExport(
        data=parsed.data,
        questions=questions,
        labels=table.astype({"column": "str", "value": "str", "label": "str", "is_missing": "bool"}),
        platform=platform,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        decimal=_decimal(parsed) if sheet.delimiter else ".",
        source=sheet.name,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _decimal(parsed: Parsed) -> str:
    """Find the decimal mark of most numbers; "1,234" may be a thousand and does not count."""
    single = [question.column for question in parsed.asked if question.kind != "multiple"]
    cells = parsed.data[single].head(DECIMAL_ROWS)
    commas = sum(int(cells[column].str.fullmatch(r"\s*-?\d+,(\d{1,2}|\d{4,})\s*").sum()) for column in cells)
    dots = sum(int(cells[column].str.fullmatch(r"\s*-?\d+\.\d+\s*").sum()) for column in cells)
    return "," if commas > dots else "."
