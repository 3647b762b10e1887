"""What missing answers cost: items imputed several times, and figures pooled over the completed data sets."""

from surveykit.imputation.chained import impute
from surveykit.imputation.pooled import Imputed, pooled_beside

__all__ = ["Imputed", "impute", "pooled_beside"]
