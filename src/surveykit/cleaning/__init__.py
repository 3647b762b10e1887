"""From a raw export to what is analysed: declared rules, and a record of every change."""

from surveykit.cleaning.clean import Cleaned, Source, clean, encode, kept_under
from surveykit.cleaning.findings import findings
from surveykit.cleaning.ledger import replay

__all__ = ["Cleaned", "Source", "clean", "encode", "findings", "kept_under", "replay"]
