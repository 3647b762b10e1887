"""Protected frames made up to be hard to draw, and a look at whether a drawn figure is tidy."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from surveykit.reporting.style import figure_of

LONG = (
    "Thinking about the last twelve months, to what extent would you agree that the people who carry out our AI "
    "strategy know which decisions they may take on their own, which ones they have to bring to the governance board, "
    "and how quickly such a decision is usually taken"
)
LABELS = ["Our AI strategy is well defined", LONG, "Short?", "People know who decides when experts disagree"]
AGREE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
ANSWERS = {
    2: ["No", "Yes"],
    3: ["Disagree", "Neither", "Agree"],
    4: ["Never", "Rarely", "Sometimes", "Frequently"],
    5: AGREE,
    7: [*AGREE[:2], "Somewhat disagree", AGREE[2], "Somewhat agree", *AGREE[3:]],
    10: [str(number) for number in range(1, 11)],
    11: ["0 Not at all likely", *map(str, range(1, 10)), "10 Extremely likely"],
}
VALUES = [
    *(
        "Energy",
        "Financial services",
        "Public administration, defence and compulsory social security",
        "Health",
    ),
    *("Retail", "Given by fewer than 5", "Media", "Transport", "Construction", "Education"),
    *("Agriculture, forestry and fishing", "Other"),
]


def distributions(n_answers, *, seed=3):
    """Four items; of the third two answers are hidden, and of all but the second some gave no answer."""
    rng = np.random.default_rng(seed)
    parts = []
    for number, label in enumerate(LABELS):
        shares = rng.dirichlet(np.full(n_answers, 2.0))
        part = pd.DataFrame(
            {
                "code": np.arange(1.0, n_answers + 1),
                "answer": ANSWERS[n_answers],
                "share": shares,
                "apart": False,
            }
        )
        if number != 1:
            said = "Don't know" if number else "Don't know / Prefer not to say"
            beside = {"code": np.nan, "answer": said, "share": 0.02 + 0.1 * number, "apart": True}
            part = pd.concat([part, pd.DataFrame([beside])])
        hidden = (part["code"] > n_answers - 2) | part["apart"] if number == 2 else part["code"] < 0
        what = {"item": f"q{number}", "label": label, "n_obs": 10.0 ** (number + 1) + 3, "suppressed": hidden}
        parts.append(part.assign(**what, share=part["share"].mask(hidden)))
    return pd.concat(parts, ignore_index=True)


def by_segment(n_figures):
    """Shares by twelve values, one of which three people gave."""
    rng = np.random.default_rng(4)
    rows = []
    for number, value in itertools.product(range(n_figures), ["", *VALUES]):
        hidden = value == "Given by fewer than 5" or (number == 3 and value in {"Media", "Other"})
        middle, reach = rng.uniform(0, 1), 0.03 if not value else rng.uniform(0.05, 0.3)
        label = LABELS[number % len(LABELS)]
        figure = {"name": f"f{number}", "label": label, "statistic": "share", "suppressed": hidden}
        place = {"segment": "industry" if value else "", "value": value}
        limits = {"ci_lower": max(0.0, middle - reach), "ci_upper": min(1.0, middle + reach)}
        numbers = {"estimate": middle, **limits}
        rows.append(figure | place | (dict.fromkeys(numbers, np.nan) if hidden else numbers))
    return pd.DataFrame(rows)


def waves(n_waves, *, share=True):
    """Figures in each wave and their changes, to the next wave and since the first; one wave of one is hidden."""
    rng = np.random.default_rng(5)
    scale = 1.0 if share else 4.0
    years = [str(2027 - n_waves + number) for number in range(n_waves)]
    levels, changes = [], []
    for number, label in enumerate(LABELS):
        figure = {"name": f"f{number}", "label": label, "statistic": "share" if share else "mean"}
        middles = scale * np.clip(rng.uniform(0.1, 0.9) + rng.normal(0, 0.05, n_waves), 0, 1)
        hidden = [number == 1 and place == 0 for place in range(n_waves)]
        for place, year in enumerate(years):
            levels.append(
                figure | {"wave": year} | interval(middles[place], 0.04 * scale, hidden=hidden[place])
            )
        pairs = [*itertools.pairwise(range(n_waves)), *((0, place) for place in range(2, n_waves))]
        for first, second in pairs:
            moved = interval(middles[second] - middles[first], 0.06 * scale, hidden=hidden[first])
            changes.append({"name": f"f{number}", "since": years[first], "wave": years[second]} | moved)
    return pd.DataFrame(levels), pd.DataFrame(changes)


def interval(middle, reach, *, hidden):
    numbers = {"estimate": middle, "ci_lower": middle - reach, "ci_upper": middle + reach}
    return (dict.fromkeys(numbers, np.nan) if hidden else numbers) | {"suppressed": hidden}


def comparisons(*, share=True):
    """Figures rounded in every way, with and without a margin, and one that is hidden."""
    scale = 1.0 if share else 5.0
    lowest, highest = (0.0, scale) if share else (-np.inf, np.inf)
    told = [
        ("about", 0.3, 0.275, 0.325, 0.05, "not told apart"),
        ("fewer than", 0.2, lowest / scale, 0.2, np.nan, "above"),
        ("over", 0.9, 0.9, highest / scale, 0.1, "below"),
        ("exact", 0.95, 0.95, 0.95, np.nan, "within the margin"),
        ("rounded", 0.5, 0.495, 0.505, 0.05, ""),
    ]
    rows = []
    for number, (rounding, figure, lower, upper, margin, verdict) in enumerate(told):
        hidden = not verdict
        middle = scale * [0.29, 0.38, 0.62, 0.94, np.nan][number]
        mine = interval(middle, 0.04 * scale, hidden=hidden)
        published = {"figure": scale * figure, "figure_lower": scale * lower, "figure_upper": scale * upper}
        apart = {
            "difference": middle - scale * figure,
            "difference_ci_lower": mine["ci_lower"] - scale * upper,
            "difference_ci_upper": mine["ci_upper"] - scale * lower,
        }
        what = {"name": f"f{number}", "label": LABELS[number % 4], "statistic": "share" if share else "mean"}
        said = {"rounding": rounding, "margin": scale * margin, "verdict": verdict}
        rows.append(what | said | mine | published | apart)
    return pd.DataFrame(rows)


def untidy(axes):
    """Texts of a drawn figure that overlap, or run over its edge."""
    drawn = figure_of(axes)
    drawn.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in _texts(drawn)]
    whole = drawn.bbox
    found = [
        f"outside: {words!r}"
        for words, box in boxes
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        wide = min(first.x1, second.x1) - max(first.x0, second.x0)
        high = min(first.y1, second.y1) - max(first.y0, second.y0)
        if wide > 1 and high > 2:  # boxes hold the room for accents and tails, which nothing may need
            found.append(f"overlap: {one!r} and {other!r}")
    return found


def _texts(drawn):
    """Texts that are drawn: those of ticks outside the axis are not."""
    ticks = set()
    for ax in drawn.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    return [
        text
        for text in drawn.findobj(plt.Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in ticks
    ]
