"""What was decided before looking: the study file and its codebook."""

from surveykit.study.codebook import Level, fold
from surveykit.study.load import load_study
from surveykit.study.plan import Study

__all__ = ["Level", "Study", "fold", "load_study"]
