"""Small studies and their results, made up on the spot by plain counting."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from surveykit import quality
from surveykit.cleaning.clean import Source
from surveykit.estimates import picks
from surveykit.scoring import agreement, decision, measurement
from surveykit.study.plan import Study

NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**x** | y",
    r"$\alpha$ costs $5",
    "{{<b>x</b>^2}}",
]
ALL_NASTY = " and ".join(NASTY)
ANSWERS = {"Never": 1, "Rarely": 2, "Sometimes": 3, "Often": 4, "Always": 5}


def small_study(*, min_cell=5, estimates=None, labels=None, clustered=True):
    """A study of one item of five answers, one segment, and the headline figures asked for."""
    words = labels or {}
    return Study.model_validate(
        {
            "title": words.get("title", "A small study"),
            "responses": {"file": "responses.csv"},
            "columns": {"organisation": "org"} if clustered else {},
            "items": {"q1": {"column": "Q1", "answers": ANSWERS}},
            "variables": {"role": {"column": "Q2", "label": words.get("role", "")}},
            "estimates": estimates
            or {"high": {"share_of": "q1", "values": [4, 5], "label": words.get("high", "")}},
            "report": {"min_cell": min_cell, "segments": ["role"]},
        }
    )


def small_analysis(study, rows, *, question="How often?", answers=ANSWERS):
    """Results of plain counting: `rows` has columns organisation, role and q1."""
    estimates = [
        _estimate(study, name, "" if role is None else "role", role or "", part)
        for name in study.estimates
        for role, part in [(None, rows), *rows.groupby("role", sort=False)]
    ]
    counts = rows["q1"].value_counts()
    distributions = [
        {"item": "q1", "label": question, "scale": "", "code": float(code), "answer": answer}
        | {
            "n": int(counts.get(code, 0)),
            "share": counts.get(code, 0) / max(len(rows), 1),
            "n_obs": len(rows),
            "apart": False,
        }
        for answer, code in answers.items()
    ]
    flow = {"rule": "delivered", "label": "Delivered", "before": len(rows), "excluded": 0, "after": len(rows)}
    ledger = pd.DataFrame(
        columns=["file", "rule", "respondent", "row", "column", "before", "after", "reason"]
    )
    reliability = pd.DataFrame(
        columns=["label", "n_items", "estimate", "ci_lower", "ci_upper", "n_obs", "mean", "std", "n_scored"]
    )
    cleaned = SimpleNamespace(
        study=study,
        data=rows,
        initiatives=None,
        flow=pd.DataFrame([flow]),
        ledger=ledger,
        source=Source("responses.csv", "plain", "utf-8", "0" * 64, len(rows), 3),
    )
    return SimpleNamespace(
        study=study,
        cleaned=cleaned,
        scored=SimpleNamespace(reliability=reliability),
        aggregated=SimpleNamespace(rows=lambda _level: rows, decisions=_empty("scale", decision._COLUMNS)),
        agreement=SimpleNamespace(
            bands=pd.DataFrame(columns=["scale", "n", "n_obs"]),
            items=pd.DataFrame(columns=agreement._ITEM),
            choices=pd.DataFrame(columns=agreement._CHOICE),
        ),
        measurement=SimpleNamespace(
            scales=pd.DataFrame(columns=measurement._SCALE),
            items=pd.DataFrame(columns=measurement._ITEM),
            invariance=pd.DataFrame(columns=measurement._INVARIANCE),
        ),
        estimates=SimpleNamespace(
            data=pd.DataFrame(estimates),
            distributions=pd.DataFrame(distributions),
            picks=pd.DataFrame(columns=picks._COLUMNS),
            sampled=SimpleNamespace(weighted="", weighting=None),
        ),
        comparisons=None,
        tables=[],
        waves=None,
        missing=None,
        links=None,
        imputed=None,
        quality=SimpleNamespace(
            flagged=pd.DataFrame(columns=["index", "n_flagged"]),
            multiverse=pd.DataFrame(columns=[*quality._FIGURE, "scenario", "kind", "choice", "n_executives"]),
            kept={},
        ),
    )


def _empty(index, columns):
    return pd.DataFrame(columns=columns, index=pd.Index([], name=index))


def _estimate(study, name, segment, value, rows):
    quantity = study.estimates[name]
    share = quantity.share_of is not None
    counted = quantity.values or []  # noqa: PD011  no frame
    figure = rows["q1"].isin(counted).mean() if share else rows["q1"].mean()
    kinds = {
        "statistic": "share" if share else "mean",
        "kind": "headline",
        "level": "executive",
        "method": "logit",
    }
    yes = float(rows["q1"].isin(counted).sum()) if share else float("nan")
    bases = {"n_obs": len(rows), "n_organisations": rows["organisation"].nunique(), "n_counted": yes}
    numbers = {
        "estimate": figure,
        "std_error": 0.1,
        "ci_lower": figure - 0.1,
        "ci_upper": figure + 0.1,
        "df": 9.0,
    }
    place = {"name": name, "label": quantity.label or name, "segment": segment, "value": value}
    return place | kinds | numbers | bases


def answers_of(*counts, role="any", per_organisation=1):
    """Rows in which answer 1 was given counts[0] times, and so on."""
    codes = [float(code) for code, n in enumerate(counts, start=1) for _ in range(n)]
    organisation = [f"{role}-{number // per_organisation}" for number in range(len(codes))]
    return pd.DataFrame({"organisation": organisation, "role": role, "q1": codes})
