"""What surveykit says when it cannot go on: what is wrong, what was given, what is allowed, how to fix it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class SurveyError(Exception):
    """Something in the input makes an honest result impossible.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without its full stop.
    where : str, optional
        File, and line or column, where it was found.
    given : object, optional
        The offending value.
    allowed : iterable of str or str, optional
        What would have been accepted.
    fix : str, optional
        What the user can do about it.

    Examples
    --------
    >>> print(SurveyError("unknown item 'claritty_1'", where="study.yaml:12", allowed=["clarity_1"]))
    study.yaml:12: unknown item 'claritty_1'; allowed: clarity_1
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        given: object = None,
        allowed: Iterable[object] | str = (),
        fix: str = "",
    ) -> None:
        options = allowed if isinstance(allowed, str) else listing(allowed)
        parts = [f"{where}: {what}" if where else what]
        parts += [f"given: {_short(repr(given))}"] if given is not None else []
        parts += [f"allowed: {options}"] if options else []
        super().__init__("; ".join(parts) + (f". {fix}" if fix else ""))


class ExportError(SurveyError, ValueError):
    """A platform file cannot be read as a survey export."""


class StudyError(SurveyError, ValueError):
    """The study file, or what it points at, is wrong."""


class CleaningError(SurveyError, ValueError):
    """The declared rules cannot be applied to the export, or leave nothing."""


class ScoringError(SurveyError, ValueError):
    """A scale cannot be scored or aggregated."""


class EstimateError(SurveyError, ValueError):
    """An estimate cannot be made from these rows and this design."""


class LinkError(SurveyError, ValueError):
    """A link cannot be fitted at the level asked for."""


class ReportError(SurveyError, RuntimeError):
    """A report could not be run or proven complete."""


class SurveyWarning(UserWarning):
    """A result stands, but with a caution the reader must see."""


def _short(text: str, most: int = 200) -> str:
    """Cut what was given, where somebody pasted a whole file into one value."""
    return text if len(text) <= most else f"{text[:most]}..."


def listing(options: Iterable[object], most: int = 12) -> str:
    """Join options for a message, in their order, and say how many are left out.

    Examples
    --------
    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    names = [str(option) for option in options]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(word: object, options: Iterable[object]) -> str:
    """Suggest the nearest option to a misspelt word; empty when none is near.

    Examples
    --------
    >>> did_you_mean("min_anwsered", ["min_answered", "items"])
    "Did you mean 'min_answered'?"
    """
    folded = {str(option).casefold(): str(option) for option in options}
    near = difflib.get_close_matches(str(word).casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean '{folded[near[0]]}'?" if near else ""
