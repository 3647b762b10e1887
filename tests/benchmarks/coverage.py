"""How often 95% intervals of scale means and of the planned links cover the truth, over many simulated surveys.

    python tests/benchmarks/coverage.py --seeds 200

Each seed draws a whole survey without mess (`simulate(seed=..., mess=False)`), scores and aggregates it as a report
does, and asks of every interval whether the truth lies in it. Means are weighted to the targets, with a jackknife that
rakes anew: the truth of a scale mean is that of the population (`population`). The truth of a link is what its planned
model converges to (`observed`), because the mean of a few executives attenuates the effect of the organisation itself.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from surveykit import aggregate, clean, estimate, link, load_study, read_export, score, simulate
from surveykit.errors import LinkError

if TYPE_CHECKING:
    from surveykit.links import Links
    from surveykit.scoring import Aggregated

STUDY = Path(__file__).parents[2] / "data/ai-strategy/study.yaml"


def covered(seed: int) -> pd.DataFrame:
    """For one simulated survey, which intervals hold the truth."""
    simulated = simulate(seed=seed, mess=False)
    with tempfile.TemporaryDirectory() as folder:
        simulated.write(folder)
        for file in ("study.yaml", "benchmarks.csv"):
            (Path(folder) / file).write_bytes((STUDY.parent / file).read_bytes())
        study = load_study(folder)
        # Without segments the analysis makes the same estimates and links, and only those.
        report = study.report.model_copy(update={"segments": []})
        plan = study.model_copy(update={"exclude": [], "report": report}).located(study.path, {})
        raw = read_export(plan.beside(plan.responses.file))
        aggregated = aggregate(score(clean(raw, plan)))
        estimates = estimate(aggregated).data
    truth = simulated.truth["population"]
    scales = estimates.query("kind == 'scale' and segment == ''").set_index("name")
    means = scales.assign(truth={name: truth["scales"][name]["mean"] for name in scales.index})
    parts = {"scale mean": means}
    found = _linked(aggregated)
    if found is not None:
        links = found.data.set_index(["outcome", "predictor"])
        observed = simulated.truth["links"]
        links["truth"] = [observed[outcome]["observed"][predictor] for outcome, predictor in links.index]
        links.index = [f"{outcome} ~ {predictor}" for outcome, predictor in links.index]
        parts["planned link"] = links
    both = pd.concat(parts, names=["what", "name"])
    inside = both["ci_lower"].le(both["truth"]) & both["truth"].le(both["ci_upper"])
    return inside.rename("covered").reset_index().assign(seed=seed)


def _linked(aggregated: Aggregated) -> Links | None:
    """Fit the links; none where one cannot be fitted (in a few samples a small category separates)."""
    try:
        return link(aggregated)
    except LinkError:
        return None


def coverage(seeds: range, workers: int = 2) -> pd.DataFrame:
    """Share of seeds in which each interval covers, with its Monte Carlo standard error."""
    with ProcessPoolExecutor(workers) as pool:
        found = pd.concat(tqdm(pool.map(covered, seeds), total=len(seeds), disable=None))
    table = found.groupby(["what", "name"])["covered"].agg(["mean", "size"])
    return table.assign(std_error=(table["mean"] * (1 - table["mean"]) / table["size"]) ** 0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=10_000)
    options = parser.parse_args()
    table = coverage(range(options.first, options.first + options.seeds))
    print(table.round(3).to_string())
    print(table.groupby("what")["mean"].agg(["mean", "min", "max"]).round(3).to_string())
