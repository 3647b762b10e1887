"""Encodings, delimiters and titles below the level of files."""

from __future__ import annotations

import pytest

from surveykit.errors import ExportError
from surveykit.exports.text import decode, find_delimiter, read_text


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"abc", "utf-8"),
        ("é".encode(), "utf-8"),
        ("é€".encode("cp1252"), "cp1252"),
        (b"caf\xe9 \x81", "latin-1"),
        ("\ufeffé".encode(), "utf-8-sig"),
        ("abc,d".encode("utf-16"), "utf-16"),
        ("abc,d".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_decode(content, encoding):
    text, found = decode(content, "a.csv")
    assert found == encoding
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3;4,5\n", ";"),
        ("Name, full;Age, years\nX;3\n", ";"),
        ("a\tb\n1, 2\t3\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("alone\n1\n", ","),
        ("a,b\nx;y;,1\nz;,2\n", ","),
    ],
)
def test_find_delimiter(text, delimiter):
    assert find_delimiter(text) == delimiter


def test_line_numbers_count_lines_inside_answers():
    sheet = read_text(b'a,b\n1,"x\ny"\n\n2,z\n', "a.csv")
    assert sheet.lines == [1, 2, 5]


def test_an_open_quote_is_named_where_it_opens():
    with pytest.raises(ExportError, match=r"a\.csv:2: .*ends inside a quoted cell.*Close the quote"):
        read_text(b'a,b\n1,"x\n2,y\n', "a.csv")
