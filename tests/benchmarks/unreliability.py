"""Whether correcting for uncertain means finds what very many executives in each organisation would tell.

Run from the project's root: python tests/benchmarks/unreliability.py [batches] [surveys]. Large draws of the shipped
generator are fitted three times: on the means of the one to eight executives who answered, on these corrected, and on
means of 200 executives. Then surveys of 180 organisations tell how often the corrected interval holds the latter.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links import fit_link
from surveykit.links.sensitivity import correct
from surveykit.simulation import population as people
from surveykit.simulation.effects import LINKS
from surveykit.simulation.instrument import SCALES

MODELS = {
    "reached_production": "logit",
    "stage": "ordered logit",
    "decision_speed_change": "ols",
    "rollbacks": "poisson",
}
MANY = 200


def means(rng, drawn, member):
    """Scores of executives, and their means by organisation."""
    scores = pd.DataFrame(people.scale_scores(people.draw_answers(rng, drawn, member)), columns=list(SCALES))
    return scores, scores.groupby(member).mean()


def survey(rng, n):
    """Draw organisations, executives' scores and initiatives."""
    drawn = people.draw_organisations(rng, n)
    member = people.draw_members(rng, n, people.EXECUTIVES)
    scores, observed = means(rng, drawn, member)
    rows = people.draw_initiatives(rng, drawn)
    rows["reached_production"] = (rows["stage"] >= people.REACHED).astype(float)
    rows["industry"] = pd.Categorical(drawn.industry[rows["owner"]])
    rows["size"] = pd.Categorical(drawn.size[rows["owner"]])
    return drawn, scores, pd.Series(member), rows.rename(columns={"owner": "organisation"}), observed


def fit(rows, scores, outcome):
    """Fit one link with some means of organisations."""
    return fit_link(
        rows.join(scores[list(LINKS[outcome])], on="organisation"),
        MODELS[outcome],
        outcome=outcome,
        predictors=list(LINKS[outcome]),
        adjust_for=["industry", "size"],
    )


def large(rng, batches, n=1000):
    """Mean slopes of a point, over large draws."""
    found = []
    for _ in range(batches):
        drawn, scores, member, rows, observed = survey(rng, n)
        near = means(rng, drawn, np.repeat(np.arange(n), MANY))[1]
        for outcome, names in LINKS.items():
            seen = fit(rows, observed, outcome)
            fixed = correct(seen, scores, member).fitted
            known = fit(rows, near, outcome)
            found += [
                {"link": outcome, "predictor": name}
                | {"observed": seen.parameters[name], "corrected": fixed.parameters[name]}
                | {"many": known.parameters[name]}
                for name in names
            ]
    table = pd.DataFrame(found).groupby(["link", "predictor"], sort=False)
    return table.mean().join(table["corrected"].sem().rename("error"))


def coverage(rng, surveys, truth):
    """Share of surveys of 180 organisations whose corrected interval holds the truth, and whose plain one does."""
    found, failed = [], {}
    for _ in range(surveys):
        _, scores, member, rows, observed = survey(rng, 180)
        for outcome, names in LINKS.items():
            try:
                seen = fit(rows, observed, outcome)
                fixed = correct(seen, scores, member).fitted
            except LinkError:  # separation, or standings that do not differ: no interval to look at
                failed[outcome] = failed.get(outcome, 0) + 1
                continue
            for name in names:
                held = {"link": outcome, "predictor": name}
                for kind, model in (("observed", seen), ("corrected", fixed)):
                    told = model.parameter(name)
                    held[kind] = told["ci_lower"] <= truth[outcome, name] <= told["ci_upper"]
                    held[f"{kind}_error"] = told["std_error"]
                    held[f"{kind}_slope"] = told["estimate"]
                found.append(held)
    table = pd.DataFrame(found).groupby(["link", "predictor"], sort=False)
    print(f"without a corrected fit, of {surveys}: {failed}")
    spread = table["corrected_slope"].std().rename("spread")
    return table.mean().join(spread)


if __name__ == "__main__":
    batches, surveys = (int(argument) for argument in (sys.argv[1:3] or ("20", "200")))
    rng = np.random.default_rng(5)
    slopes = large(rng, batches)
    print(slopes.round(3).to_string())
    print(coverage(rng, surveys, slopes["many"]).round(3).to_string())
