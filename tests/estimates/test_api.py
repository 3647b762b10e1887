"""Design-based estimates of the California schools that come with R survey, where R is there to give their data."""

import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pandas as pd
import pytest

from surveykit.estimates.design import Design
from surveykit.estimates.domains import estimate_by
from surveykit.estimates.weighting.replicates import jackknife_replicates

NUMBERS = pd.read_csv(Path(__file__).parent.parent / "reference" / "api_numbers.csv", keep_default_na=False)
NUMBERS = NUMBERS[NUMBERS["design"] != "versions"].astype({"value": float})
COLUMNS = ["cds", "stype", "dnum", "pw", "fpc", "fpc1", "api00", "enroll", "api.stu", "sch.wide"]
ASK = """
suppressMessages(library(survey)); data(api)
for (name in c("apisrs", "apistrat", "apiclus1", "apiclus2")) {
  found <- get(name)
  write.csv(found[intersect(strsplit("COLUMNS", " ")[[1]], names(found))], file.path("FOLDER", paste0(name, ".csv")))
}
"""


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("api")
    if which("Rscript") is None:
        pytest.skip("R is not installed; the data are under the GPL and not kept here")
    ask = ASK.replace("COLUMNS", " ".join(COLUMNS)).replace("FOLDER", str(folder))
    if subprocess.run(["Rscript", "-e", ask], capture_output=True, check=False).returncode:
        pytest.skip("R has no package survey to give the data, which are under the GPL and not kept here")
    return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}


def drawn(data: pd.DataFrame, name: str) -> Design:
    """How the schools of a sample came in: one by one, by type of school, or whole districts."""
    if name == "apiclus1, jackknife":
        plain = Design(cluster=data["dnum"], weight=data["pw"])
        return Design(cluster=data["dnum"], weight=data["pw"], replicates=jackknife_replicates(plain))
    return Design(
        cluster=data["dnum"] if "clus" in name else data["cds"],
        weight=data["pw"],
        stratum=data["stype"] if name == "apistrat" else None,
        population=data["fpc1" if name == "apiclus2" else "fpc"],
    )


def estimated(data: pd.DataFrame, design: Design, statistic: str, variable: str) -> pd.DataFrame:
    values = {
        "met": (data["sch.wide"] == "Yes").astype(float),
        "high": (data["api00"] > 700).astype(float),
    }.get(variable, data.get(variable))
    denominator = data["enroll"] if statistic == "ratio" else None
    parts = [
        estimate_by(values, design, domain, statistic=statistic, denominator=denominator)
        for domain in (None, data["stype"])
    ]
    return pd.concat(parts).set_index("value")


@pytest.mark.parametrize("name", NUMBERS["design"].unique())
def test_estimates_equal_r_survey(schools: dict[str, pd.DataFrame], name: str) -> None:
    data = schools[name.partition(",")[0]]
    design = drawn(data, name)
    limits = {"logit": "logit", "Korn-Graubard": "exact"}
    for (statistic, variable), reference in NUMBERS[NUMBERS["design"] == name].groupby(
        ["statistic", "variable"]
    ):
        share = statistic in limits.values()
        found = estimated(data, design, "share" if share else statistic, variable)
        for row in reference.itertuples():
            result = found.loc[row.domain]
            if share and limits[result["method"]] != statistic:  # R's other interval
                continue
            # Closed forms on both sides.
            assert result[row.what] == pytest.approx(row.value, rel=1e-12, nan_ok=True), row


def test_both_intervals_of_shares_are_met(schools: dict[str, pd.DataFrame]) -> None:
    data = schools["apiclus1"]
    found = estimated(data, drawn(data, "apiclus1"), "share", "high")
    assert set(found["method"]) == {"logit", "Korn-Graubard"}
    assert np.isfinite(found["ci_upper"]).all()
