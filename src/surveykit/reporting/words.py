"""Numbers as a reader sees them, and the order segment values are read in. Rounding happens here and nowhere else."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

NOT_SHOWN = "–"
_IN_POINTS = ["logit", "ordered logit", "multinomial", "fractional", "cox"]
UNITS = {"executive": "respondent", "organisation": "organisation", "initiative": "initiative"}
_NUMBER = re.compile(r"\d[\d.,' \u00a0\u202f]*")
_BELOW = re.compile(r"\b(under|less|fewer|below|up to|self)\b|^\s*[<≤]", re.IGNORECASE)
_ABOVE = re.compile(r"\b(over|more|greater|above)\b|^\s*[>≥]", re.IGNORECASE)


def percent(share: float, digits: int = 0) -> str:
    """Write a share as a percentage; a share that is not shown as a dash.

    Parameters
    ----------
    share : float
        From 0 to 1; NaN if it is not shown.
    digits : int, default 0
        Digits after the point.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.2888), percent(0.2888, 1), percent(0.001), percent(0.999), percent(float("nan"))
    ('29%', '28.9%', '<1%', '>99%', '–')
    """
    if math.isnan(share):
        return NOT_SHOWN
    text = f"{100 * share:.{digits}f}%"
    if digits == 0 and text == "0%" and share > 0:
        return "<1%"
    return ">99%" if digits == 0 and text == "100%" and share < 1 else text


def number(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign; one that is not shown as a dash.

    Examples
    --------
    >>> number(2.895), number(1234.5, 1), number(-0.001), number(float("nan"))
    ('2.90', '1,234.5', '0.00', '–')
    """
    if math.isnan(value):
        return NOT_SHOWN
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")  # noqa: RUF001


def signed(value: float) -> str:
    """Write a setting as it was given, with a true minus sign.

    Examples
    --------
    >>> signed(-0.03), signed(12.0)
    ('−0.03', '12')
    """  # noqa: RUF002
    return f"{value:g}".replace("-", "−")  # noqa: RUF001


def count(value: float) -> str:
    """Write a count; one that is not shown as a dash.

    Examples
    --------
    >>> count(1017), count(float("nan"))
    ('1,017', '–')
    """
    return number(value, 0)


def p_value(p: float) -> str:
    """Write a p-value; never as 0.

    Examples
    --------
    >>> p_value(0.00004), p_value(0.0312), p_value(0.48), p_value(0.9996), p_value(float("nan"))
    ('<0.001', '0.031', '0.48', '>0.99', '–')
    """
    if math.isnan(p):
        return NOT_SHOWN
    if p < 0.001:
        return "<0.001"
    return ">0.99" if p > 0.99 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def between(lower: str, upper: str) -> str:
    """Join the written limits of an interval.

    Examples
    --------
    >>> between("26%", "32%"), between("–", "–")
    ('26% to 32%', '–')
    """
    return NOT_SHOWN if NOT_SHOWN in (lower, upper) else f"{lower} to {upper}"


def plural(n: float, unit: str) -> str:
    """Count units.

    Examples
    --------
    >>> plural(1, "initiative"), plural(879, "respondent")
    ('1 initiative', '879 respondents')
    """
    return f"{count(n)} {unit}{'' if n == 1 else 's'}"


def series(parts: Iterable[str]) -> str:
    """Join words as a sentence lists them.

    Examples
    --------
    >>> series(["a", "b", "c"]), series(["a"])
    ('a, b and c', 'a')
    """
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def lowered(label: str) -> str:
    """Put a label inside a sentence: a first capital goes, unless the word is an abbreviation.

    Examples
    --------
    >>> lowered("Strategy clarity"), lowered("AI maturity")
    ('strategy clarity', 'AI maturity')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def raised(label: str) -> str:
    """Start a label with a capital.

    Examples
    --------
    >>> raised("strategy clarity")
    'Strategy clarity'
    """
    return label[:1].upper() + label[1:]


def published_figure(figure: float, rounding: str) -> str:
    """Write a published share with the words it was rounded by.

    Examples
    --------
    >>> published_figure(0.3, "about"), published_figure(0.95, "exact"), published_figure(0.535, "rounded")
    ('about 30%', '95%', '53.5%')
    """
    digits = 0 if abs(100 * figure - round(100 * figure)) < 1e-9 else 1
    words = "" if rounding in {"exact", "rounded", ""} else f"{rounding} "
    return words + percent(figure, digits)


def published_text(figure: float, rounding: str, *, share: bool) -> str:
    """Write a published share or mean with the words it was rounded by.

    Examples
    --------
    >>> published_text(0.3, "about", share=True), published_text(3.4, "over", share=False)
    ('about 30%', 'over 3.4')
    """
    if share:
        return published_figure(figure, rounding)
    words = "" if rounding in {"exact", "rounded", ""} else f"{rounding} "
    return words + signed(figure)


def signed_number(value: float, digits: int = 2) -> str:
    """Write a difference, with a sign unless it is 0; one that is not shown as a dash.

    Examples
    --------
    >>> signed_number(4.24, 1), signed_number(-0.5), signed_number(0.001), signed_number(float("nan"))
    ('+4.2', '−0.50', '0.00', '–')
    """  # noqa: RUF002
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def is_probability(links: pd.DataFrame) -> bool:
    """Whether the effects of a link are differences in a probability or share, read in percentage points."""
    return bool(links["model"].isin(_IN_POINTS).all())


def unweighted(links: pd.DataFrame) -> list[str]:
    """Kinds of figures that weights leave as they are, where a study has weights.

    Examples
    --------
    >>> import pandas as pd
    >>> unweighted(pd.DataFrame({"weighted": [True, False]}))
    ['reliability', 'agreement', 'some links']
    """
    plain = ~links["weighted"].astype(bool)
    named = [] if len(plain) and not plain.any() else ["links" if plain.all() else "some links"]
    return ["reliability", "agreement", *named]


def effect_words(links: pd.DataFrame) -> tuple[str, str]:
    """What the effects of one link are differences in, and between whom.

    Examples
    --------
    >>> import pandas as pd
    >>> effect_words(pd.DataFrame({"effect_unit": ["probability of Yes, per standard deviation"]}))
    ('probability of Yes', 'per standard deviation')
    """
    parts = [str(unit).rpartition(", ") for unit in links["effect_unit"]]
    return parts[0][0], " or ".join(dict.fromkeys(part[2] for part in parts))


def in_order(values: Iterable[str]) -> list[str]:
    """Order the values of a segment: by their numbers where most carry one, else as they come.

    Examples
    --------
    >>> in_order(["1,000 to 4,999", "250 to 999", "5,000 and more", "Under 250"])
    ['Under 250', '250 to 999', '1,000 to 4,999', '5,000 and more']
    >>> in_order(["Manufacturing", "Healthcare"])
    ['Manufacturing', 'Healthcare']
    """
    given = list(dict.fromkeys(values))
    sizes = {value: _size(value) for value in given}
    numbered = sum(math.isfinite(size) for size in sizes.values())
    return sorted(given, key=lambda value: sizes[value]) if numbered > len(given) / 2 else given


def _size(value: str) -> float:
    found = _NUMBER.search(value)
    digits = re.sub(r"\D", "", found[0]) if found else ""
    if not digits:
        return -math.inf if _BELOW.search(value) else math.inf
    # A limit is sorted just below or above the range that starts with the same number.
    return int(digits) + (-0.5 if _BELOW.search(value) else 0.5 if _ABOVE.search(value) else 0)
