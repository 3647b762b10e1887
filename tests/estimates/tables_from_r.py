"""The made-up sample that R's script wrote, as questions, columns and designs."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from surveykit.estimates.crosstabs.questions import MultiSelect, SingleAnswer
from surveykit.estimates.crosstabs.ranks import Ranking
from surveykit.estimates.design import Design, Replicates

REFERENCE = Path(__file__).parent.parent / "reference"
DATA = pd.read_csv(REFERENCE / "crosstab.csv")
NUMBERS = json.loads((REFERENCE / "crosstab.json").read_text())
WORDS = {1: "Never", 2: "Rarely", 3: "Sometimes", 4: "Often", 5: "Always"}
OPTIONS = ["data", "talent", "trust", "budget"]
ROLES = pd.get_dummies(DATA["role"])
USES = DATA[["pilot", "production", "agents"]].astype(bool)

answers = SingleAnswer(codes=DATA["y"], words=WORDS)
picks = MultiSelect(picked=DATA[OPTIONS])
ranking = Ranking(
    ranks=DATA.filter(like="rank_").rename(columns=lambda name: name.removeprefix("rank_")), top=2
)


def jackknife():
    """R's JKn: each cluster left out in turn, the others of its stratum standing for it."""
    clusters = DATA.drop_duplicates("organisation").set_index("organisation")["stratum"]
    n = clusters.map(clusters.value_counts())
    left_out = DATA["organisation"].to_numpy()[:, None] == clusters.index.to_numpy()
    same = DATA["stratum"].to_numpy()[:, None] == clusters.to_numpy()
    stands = np.where(same, (n / (n - 1)).to_numpy(), 1.0)
    weights = np.where(left_out, 0.0, stands) * DATA["weight"].to_numpy()[:, None]
    factors = ((n - 1) / n).reset_index(drop=True)
    return Replicates(weights=pd.DataFrame(weights), factors=factors, df=len(clusters) - clusters.nunique())


_SAMPLE = {"cluster": DATA["organisation"], "stratum": DATA["stratum"], "weight": DATA["weight"]}
DESIGNS = {
    "plain": Design(**_SAMPLE),
    "finite": Design(**_SAMPLE, population=DATA["population"].astype(float)),
    "jackknife": Design(**_SAMPLE, replicates=jackknife()),
}
