"""Raw platform files as text: `read_export` gives a `RawExport`, and no meaning to any value."""

from surveykit.exports.raw import RawExport
from surveykit.exports.read import read_export
from surveykit.exports.selection import split_selected

__all__ = ["RawExport", "read_export", "split_selected"]
