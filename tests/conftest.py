"""What tests share: the shipped studies."""

from pathlib import Path

import pytest

from surveykit.study import Study, load_study

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def ai_study() -> Study:
    return load_study(ROOT / "data/ai-strategy/study.yaml")


@pytest.fixture(scope="session")
def ospo_study() -> Study:
    return load_study(ROOT / "data/ospo-2018/study.yaml")
