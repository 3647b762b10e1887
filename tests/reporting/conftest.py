"""What the tests of the reporting wing share: the shipped studies, protected."""

import matplotlib as mpl
import pytest

from surveykit.reporting.disclosure import protect
from surveykit.reporting.report import run_report

mpl.use("agg")


@pytest.fixture(scope="session")
def ai_shown(ai_analysis):
    return protect(ai_analysis)


@pytest.fixture(scope="session")
def ospo_shown(ospo_analysis):
    return protect(ospo_analysis)


@pytest.fixture(scope="session")
def ai_report(ai_study, tmp_path_factory):
    """The report of the sample study, run once."""
    return run_report(
        ai_study, output_dir=tmp_path_factory.mktemp("reports") / "ai", parameters={"title": "007 <b>"}
    )
