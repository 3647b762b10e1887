"""What tests share: the shipped studies, and a small one that a test may spoil."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from surveykit.analysis import Analysis, analyse
from surveykit.study import Study, load_study
from tests.sample_links import links  # noqa: F401  (a fixture)

# A slow machine is no failure, and what CI says of a commit must be the same twice.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")

ROOT = Path(__file__).parent.parent
LABELS = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]

SMALL_STUDY = """\
title: A small study
responses: {file: responses.csv}
columns: {respondent: id, organisation: org, duration: seconds, status: status, submitted: when, personal: [email]}
missing: [Don't know, -99]
answers:
  agree5: {Strongly disagree: 1, Disagree: 2, Neither: 3, Agree: 4, Strongly agree: 5}
  yes_no: {No: 0, Yes: 1}
items:
  plain_1: {column: q1, answers: agree5}
  plain_2: {column: q2, answers: agree5}
  turned: {column: q3, answers: agree5, reversed: true}
scales:
  clarity: {items: [plain_1, plain_2, turned], min_answered: 2}
choices:
  matters: {question: picks, pick: 2, options: ["Data, and access", Talent, Governance]}
variables:
  role: {column: role, type: category}
organisations:
  file: organisations.csv
  key: org
  variables: {size: {type: category}, score: {type: number}}
initiatives:
  file: initiatives.csv
  key: org
  variables: {done: {type: binary, answers: yes_no}, months: {type: number}}
exclude:
  - preview
  - duplicate
  - faster_than: 0.3 of median
  - unfinished: 0.5
estimates:
  agree: {share_of: plain_1, values: [4, 5], label: Agree}
benchmarks: benchmarks.csv
links:
  - {outcome: done, level: initiative, predictors: [clarity], adjust_for: [size]}
report: {min_cell: 5, confidence: 0.95, segments: [size]}
"""


BENCHMARKS = """\
estimate,figure,rounding,wording,population,year,source,caution
agree,30,about,agree,executives,2025,Somebody,
"""


def small_responses(n_organisations: int = 20, per_organisation: int = 4, seed: int = 7) -> pd.DataFrame:
    """Answers of executives who lean one way or the other with their organisation, as text."""
    rng = np.random.default_rng(seed)
    lean = np.repeat(rng.normal(0, 1, n_organisations), per_organisation)
    n = len(lean)

    def answers(sign: int) -> list[str]:
        code = np.clip(np.round(3 + sign * lean + rng.normal(0, 0.8, n)), 1, 5).astype(int)
        return [LABELS[each - 1] for each in code]

    organisations = [f"Org {1 + number // per_organisation}" for number in range(n)]
    return pd.DataFrame(
        {
            "id": [f"R{number}" for number in range(n)],
            "org": organisations,
            "seconds": rng.integers(200, 400, n).astype(str),
            "status": "IP Address",
            "when": [f"2026-05-{1 + number % 28:02d} 10:00:00" for number in range(n)],
            "email": [f"person{number}@example.org" for number in range(n)],
            "q1": answers(1),
            "q2": answers(1),
            "q3": answers(-1),
            "picks": rng.choice(["Data, and access,Talent", "Talent,Governance", "Governance"], n),
            "role": rng.choice(["CEO", "CIO"], n),
        }
    )


def write_small_study(folder: Path) -> Path:
    """Write a whole small study and return its folder."""
    rng = np.random.default_rng(11)
    responses = small_responses()
    names = responses["org"].unique()
    size = ["Small", "Large"] * (len(names) // 2)
    initiatives = pd.DataFrame({"org": np.repeat(names, 4)})
    initiatives["done"] = rng.choice(["No", "Yes"], len(initiatives))
    initiatives["months"] = rng.integers(2, 20, len(initiatives)).astype(str)
    folder.mkdir(parents=True, exist_ok=True)
    responses.to_csv(folder / "responses.csv", index=False)
    organisations = pd.DataFrame({"org": names, "size": size, "score": range(len(names))})
    organisations.to_csv(folder / "organisations.csv", index=False)
    initiatives.to_csv(folder / "initiatives.csv", index=False)
    (folder / "benchmarks.csv").write_text(BENCHMARKS, encoding="utf-8")
    (folder / "study.yaml").write_text(SMALL_STUDY, encoding="utf-8")
    return folder


@pytest.fixture
def small_study(tmp_path: Path) -> Path:
    """A small whole study in a folder of its own."""
    return write_small_study(tmp_path / "small")


@pytest.fixture(scope="session")
def ai_study() -> Study:
    """The shipped sample study."""
    return load_study(ROOT / "data/ai-strategy/study.yaml")


@pytest.fixture(scope="session")
def ospo_study() -> Study:
    """The shipped real study."""
    return load_study(ROOT / "data/ospo-2018/study.yaml")


@pytest.fixture(scope="session")
def ai_analysis(ai_study: Study) -> Analysis:
    """The sample study, analysed."""
    return analyse(ai_study)


@pytest.fixture(scope="session")
def ospo_analysis(ospo_study: Study) -> Analysis:
    """The real study, analysed."""
    return analyse(ospo_study)
