"""Frames of the links chapter made up to be hard to draw: one row or many, long labels, all hidden."""

import numpy as np
import pandas as pd
from tests.reporting.pictures import LONG

WORDS = [
    *("strategy clarity", "ownership of AI-assisted decisions", "execution capacity", "bridge roles"),
    *("adaptive workflows", "adoption quality", "friction signals", "people", "data quality", "governance"),
    *("talent", "budget", "tools", "training", "leadership attention"),
]
CHOICES = {"held": "held constant", "careless": "careless answers", "scale": "strategy clarity"}
QUADRANT = {"adoption": "active users: 50 or more", "transformation": "process redesigned"}


def labels(n, *, long):
    return [LONG if long else WORDS[number] for number in range(n)]


def hide(frame, names, *, hidden):
    """Say whether rows are hidden, and take the figures of those that are."""
    frame["suppressed"] = hidden
    frame.loc[frame["suppressed"], list(names)] = np.nan
    return frame


def intervals(n, *, scale=1.0, middle=0.0, seed=1):
    rng = np.random.default_rng(seed)
    estimate, reach = middle + rng.normal(0, scale, n), rng.uniform(0.5, 2, n) * scale
    return {"estimate": estimate, "ci_lower": estimate - reach, "ci_upper": estimate + reach}


def forest(n, *, long=False, hidden=False):
    """Two families, two units of three links, every third not planned."""
    named = LONG if long else "production"
    units = [
        f"probability of {named}, per standard deviation",
        "mean of change in speed, per standard deviation",
    ]
    units.append(f"probability of {named}, Yes rather than No")
    kind = np.arange(n) // 2 % 3
    frame = pd.DataFrame(
        {
            "link": np.arange(n) // 2,
            "family": np.array(["maturity", "speed"])[np.arange(n) // 5 % 2],
            "planned": np.arange(n) % 3 != 2,
            "predictor_label": labels(n, long=long),
            "model": np.array(["logit", "ols", "logit"])[kind],
            "effect_unit": np.array(units)[kind],
            **{
                f"effect{end}": value
                for end, value in zip(
                    ("", "_ci_lower", "_ci_upper"), intervals(n, scale=0.05).values(), strict=True
                )
            },
        }
    )
    return hide(frame, ["effect", "effect_ci_lower", "effect_ci_upper"], hidden=hidden)


def specifications(n, *, long=False):
    held = ["industry and size", "nothing", LONG if long else "industry"]
    number = np.arange(n)
    return pd.DataFrame(
        {
            **intervals(n, scale=2, middle=3, seed=2),
            "planned": number == n // 2,
            "suppressed": False,
            "held": np.array(held)[number % 3],
            "careless": np.array(["all", "without those flagged"])[number // 3 % 2],
            "scale": np.array(["all items", "without item 3", "without item 4"])[number // 6 % 3],
        }
    )


def drivers(n, *, long=False, hidden=False):
    rng = np.random.default_rng(3)
    share = rng.dirichlet(np.ones(n)) * 0.4
    rank = pd.Series(share).rank(ascending=False)
    frame = pd.DataFrame(
        {
            "label": labels(n, long=long),
            "share": share,
            "share_ci_lower": 0.4 * share,
            "share_ci_upper": 1.8 * share + 0.02,
            "rank_lower": (rank - rng.integers(0, 4, n)).clip(1, n),
            "rank_upper": (rank + rng.integers(0, 4, n)).clip(1, n),
            "proportion": share / share.sum(),
            "mean": rng.normal(58, 5, n).clip(0, 100),
        }
    )
    return hide(frame, frame.columns.drop("label"), hidden=hidden)


def quadrant(*, hidden=False):
    frame = pd.DataFrame(
        {
            "adoption": ["high", "high", "low", "low"],
            "transformation": ["high", "low", "high", "low"],
            "n": [60.0, 160.0, 40.0, 116.0],
            "estimate": [0.16, 0.42, 0.11, 0.31],
            "ci_lower": [0.12, 0.36, 0.08, 0.26],
            "ci_upper": [0.20, 0.48, 0.15, 0.36],
        }
    )
    return hide(frame, ["n", "estimate", "ci_lower", "ci_upper"], hidden=hidden)


def curves(n, *, long=False, hidden=False):
    value = np.linspace(1, 5, 25)
    frames = []
    for number, label in enumerate(labels(n, long=long)):
        share, scale = 1 / (1 + np.exp((3 - value) * (0.3 + 0.1 * number))), 1234 if number % 2 else 1
        frame = pd.DataFrame({"value": value, "estimate": scale * share})
        frame["ci_lower"], frame["ci_upper"] = (
            scale * (share - 0.1).clip(0),
            scale * (share + 0.1).clip(max=1),
        )
        named = f"probability of {LONG if long else 'production'}"
        what = {"link": number // 2, "predictor": f"p{number}", "predictor_label": label, "expected": named}
        frame = frame.assign(**what, statistic="mean" if number % 2 else "share")
        frames.append(hide(frame, ["estimate", "ci_lower", "ci_upper"], hidden=hidden))
    return pd.concat(frames, ignore_index=True)


def slopes(n, *, long=False, hidden=False):
    frame = pd.DataFrame({"value_label": labels(n, long=long), **intervals(n, scale=3, seed=5)})
    named = f"difference in {LONG if long else 'production'}, by size"
    frame = frame.assign(link=1, predictor="x", title=named, unit="percentage points, per standard deviation")
    frame["moderator"] = [f"m{number // 8}" for number in range(n)]
    return hide(frame, ["estimate", "ci_lower", "ci_upper"], hidden=hidden)


def power(n, *, long=False):
    sizes = pd.MultiIndex.from_product([range(n), [2, 5, 10], [40, 80, 160, 320]])
    frame = sizes.to_frame(index=False, name=["number", "executives", "organisations"])
    found = 1 / (
        1 + np.exp(10 - frame["number"] / 5 - 2 * np.log(frame["organisations"] * frame["executives"] ** 0.3))
    )
    frame["power"], frame["power_ci_lower"] = found, (found - 0.04).clip(0)
    frame["power_ci_upper"] = (found + 0.04).clip(upper=1)
    named = [f"{label} and production" for label in labels(n, long=long)]
    return frame.assign(
        link=frame["number"], predictor="x", label=[named[number] for number in frame["number"]]
    )


def calibration(n, *, long=False, hidden=False):
    rng = np.random.default_rng(6)
    frames = []
    for number in range(n):
        predicted, scale = np.linspace(0.1, 0.8, 8), 1 if number % 3 else 2400
        observed = (predicted + rng.normal(0, 0.06, 8)).clip(0, 1)
        figures = {"predicted": predicted, "observed": observed}
        figures |= {"ci_lower": (observed - 0.1).clip(0), "ci_upper": (observed + 0.1).clip(max=1)}
        frame = pd.DataFrame({name: scale * value for name, value in figures.items()})
        named = f"probability of {LONG if long else 'production'}"
        frame = frame.assign(link=number, expected=named, statistic="share" if number % 3 else "mean")
        frames.append(hide(frame, list(figures), hidden=hidden))
    return pd.concat(frames, ignore_index=True)


def left_out(n, *, long=False, hidden=False):
    frame = pd.DataFrame({"label": labels(n, long=long), **intervals(n, scale=3, middle=2, seed=7)})
    frame["lowest"], frame["highest"] = frame["estimate"] - 0.4, frame["estimate"] + 0.3
    return hide(frame, frame.columns.drop("label"), hidden=hidden)
