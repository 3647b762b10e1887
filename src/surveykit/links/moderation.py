"""Whether what goes with a predictor differs by another variable, on the scale of the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from surveykit.errors import LinkError
from surveykit.links.design import Design, Terms, build_design, is_binary
from surveykit.links.models import FittedLink, fit_link
from surveykit.links.moderator import (
    Kind,
    check_values,
    columns_of,
    kind_of,
    pairs_of,
    per_of,
    points_of,
    units,
)
from surveykit.links.region import significant_region
from surveykit.links.surface import Surface
from surveykit.links.wald import Contrasts, WaldTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from surveykit.links.curves import Model

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moderation:
    """How what goes with a predictor differs by a moderator.

    Attributes
    ----------
    outcome, predictor, moderator : str
        The columns.
    kind : str
        Of the moderator: ``number``, ``binary`` (0/1) or ``category``.
    per : float
        Difference in the predictor that every effect is of, in its unit: 1 for 0 to 1.
    slopes : DataFrame
        The average marginal effect of the predictor, everybody's moderator set to one value: one row a value, with
        ``at`` (``low``, ``middle``, ``high`` of a number; else the category), ``value`` (NaN for a category),
        ``estimate, std_error, ci_lower, ci_upper, df, p_value`` in units of the outcome (probabilities: -1 to 1).
    differences : DataFrame
        One row a difference of two of those effects: ``at`` and ``than`` name them (``high`` than ``low``, 1 than 0,
        each category than the most frequent one), then the same columns.
    test : WaldTest
        Whether all `differences` are 0. One difference: its own t, squared.
    product_test : WaldTest
        Whether all products are 0 on the scale of the coefficients. For ``ols`` both tests are one; in a curved model
        effects on the outcome can differ where products are 0, and the reverse.
    region : DataFrame
        For a number, the stretches of its observed range in which the interval of the effect leaves out 0
        (Johnson-Neyman): ``lower, upper, side`` (``higher`` or ``lower``), ``share`` of the units inside, 0 to 1.
        Each point is tested alone, so an end is no more certain than any one of them.
    fitted : FittedLink
        The model with the products.
    n_lost : int
        Rows left out because a value was missing, from 0.
    confidence : float
        Level of every interval, between 0 and 1.
    """

    outcome: str
    predictor: str
    moderator: str
    kind: Kind
    per: float
    slopes: pd.DataFrame
    differences: pd.DataFrame
    test: WaldTest
    product_test: WaldTest
    region: pd.DataFrame
    fitted: FittedLink
    n_lost: int
    confidence: float

    @property
    def n_obs(self) -> int:
        """Complete rows."""
        return self.fitted.n_obs

    @property
    def n_organisations(self) -> int:
        """Organisations among them, at least 10."""
        return self.fitted.n_organisations

    def to_frame(self) -> pd.DataFrame:
        """Effects, then their differences: ``what`` says which."""
        parts = {"effect": self.slopes, "difference": self.differences}
        frame = pd.concat(parts, names=["what"]).reset_index(level=0).reset_index(drop=True)
        return frame.assign(n_obs=self.n_obs, n_organisations=self.n_organisations)

    def __repr__(self) -> str:
        """Show effects, differences and the test."""
        shown = ["what", "at", "than", "estimate", "ci_lower", "ci_upper", "p_value"]
        head = (
            f"{self.predictor} by {self.moderator}, {self.n_obs} rows of {self.n_organisations} organisations"
        )
        tested = f"all equal: F({self.test.df_num}, {self.test.df:.4g}) = {self.test.statistic:.4g}"
        return (
            f"{head}; {tested}, p = {self.test.p_value:.3g}\n{self.to_frame()[shown].to_string(index=False)}"
        )


def moderate(  # noqa: PLR0913  # the parts of a link, by keyword
    data: pd.DataFrame,
    model: Model,
    *,
    outcome: str,
    predictor: str,
    moderator: str,
    adjust_for: Sequence[str] = (),
    organisation: str = "organisation",
    weights: str | None = None,
    per: float | None = None,
    confidence: float = 0.95,
    where: str = "",
) -> Moderation:
    r"""Fit a link with products of predictor and moderator, and say by how much effects on the outcome differ.

    With mean :math:`\mu(\eta)` and :math:`\eta = \dots + \beta x + \gamma z + \delta (x - \bar x)(z - \bar z)`, the
    effect of the predictor where everybody's moderator is :math:`z_0` is

    .. math:: s(z_0) = \mathrm{per} \cdot \frac{1}{n} \sum_i \mu'(\eta_i | z_0)\,(\beta + \delta (z_0 - \bar z)) ,

    or for a 0/1 predictor the mean difference between 1 and 0. Reported are s at the moderator's mean and one standard
    deviation to either side (not beyond what was observed), at 0 and 1, or at each category; and their differences,
    which in a curved model are what the interaction means (the product's coefficient is not). Errors are the delta
    method's with the CR2 covariance, with Satterthwaite's degrees of freedom; several differences are tested together
    by the approximate Hotelling test of `Contrasts.test`. Products are of centred columns, so `predictor`'s own
    coefficient is its slope at the average moderator.

    Parameters
    ----------
    data : DataFrame
        One row a unit; rows with a missing value are left out and counted.
    model : str
        As in `fit_link`; a model whose outcome has one mean.
    outcome, predictor : str
        Numeric columns.
    moderator : str
        A number, 0/1, or a category (text or categorical) whose values hold two organisations at least.
    adjust_for : sequence of str, optional
        Columns held constant.
    organisation : str, optional
        Column of the cluster.
    weights : str, optional
        Column of survey weights.
    per : float, optional
        Difference in the predictor, in its unit; by default 0 to 1 for a 0/1 predictor and else one standard
        deviation over the units it is measured on (organisations once, where it is the same within each).
    confidence : float, optional
        Between 0 and 1.
    where : str, optional
        Where the link was planned, for messages.

    Returns
    -------
    Moderation

    Raises
    ------
    LinkError
        For whatever `fit_link` refuses, a category of one organisation or in which the predictor does not vary, an
        effect on a probability beyond 1, and a model without one mean.

    Notes
    -----
    R, for a number: ``marginaleffects::avg_slopes(fit, variables = "x", newdata = datagrid(z = z0, grid_type =
    "counterfactual"), vcov = V)``. Moderators are measured with error like all else: an interaction found is smaller
    than the one behind it, and one not found may be there. Everything is an association, not a cause.

    References
    ----------
    Ai and Norton (2003), Interaction terms in logit and probit models, Economics Letters 80.
    Bauer and Curran (2005), Probing interactions in fixed and multilevel regression, Multivariate Behavioral Research
    40. Hainmueller, Mummolo and Xu (2019), How much should we trust estimates from multiplicative interaction models?,
    Political Analysis 27.

    Examples
    --------
    >>> rows = np.arange(120)
    >>> data = pd.DataFrame({"organisation": rows // 3, "x": rows * 7 % 11, "z": rows % 5})
    >>> data["y"] = data["x"] * (1 + 0.5 * data["z"]) + np.sin(rows)
    >>> found = moderate(data, "ols", outcome="y", predictor="x", moderator="z", per=1)
    >>> found.slopes.set_index("at")["estimate"].round(2).to_dict()
    {'low': 1.25, 'middle': 2.01, 'high': 2.76}
    """
    if model in {"multinomial", "cox"}:
        raise LinkError(
            f"the effects of a {model} model are not differences in one mean",
            where=where,
            fix="Moderate a 0/1 outcome instead: one stage against the others, or production within a year.",
        )
    terms = Terms(outcome, (predictor,), (moderator, *adjust_for), organisation, where, weights or "")
    plain = build_design(data, terms)
    check_values(plain, terms)
    products = _products(plain, terms)
    fitted = fit_link(
        plain.rows.assign(**products),
        model,
        outcome=outcome,
        predictors=[predictor, *products],
        adjust_for=[moderator, *adjust_for],
        organisation=organisation,
        weights=weights,
        where=where,
    )
    surface = _surface(fitted, plain, terms, per)
    return Moderation(
        outcome=outcome,
        predictor=predictor,
        moderator=moderator,
        kind=kind_of(plain.rows[moderator]),
        per=1.0 if surface.per is None else surface.per,
        fitted=fitted,
        n_lost=plain.n_lost,
        confidence=confidence,
        **_told(surface, plain, terms, confidence),
    )


def _products(plain: Design, terms: Terms) -> dict[str, pd.Series]:
    """Products of centred columns: of the predictor with the moderator, or with each of its dummies."""
    predictor = terms.predictors[0]
    centred = plain.regressors[predictor] - plain.regressors[predictor].mean()
    columns = columns_of(plain, terms)
    return {f"{predictor} by {name}": centred * (columns[name] - columns[name].mean()) for name in columns}


def _surface(fitted: FittedLink, plain: Design, terms: Terms, per: float | None) -> Surface:
    predictor, columns = terms.predictors[0], columns_of(plain, terms)
    position = list(fitted.parameters.index).index
    weights = fitted.weights
    step = per is None and is_binary(plain.rows[predictor])
    size = per_of(plain.rows, predictor, terms.organisation) if per is None else per
    return Surface(
        fitted=fitted,
        predictor=position(predictor),
        moderator=[position(name) for name in columns],
        products=[position(f"{predictor} by {name}") for name in columns],
        centre=float(plain.regressors[predictor].mean()),
        centres=columns.mean().to_numpy(),
        share=np.ones(fitted.n_obs) / fitted.n_obs if weights is None else weights / fitted.n_obs,
        per=None if step else size,
    )


def _told(surface: Surface, plain: Design, terms: Terms, confidence: float) -> dict[str, Any]:
    """Effects at the moderator's values, their differences, tests and region."""
    points = points_of(plain, terms)
    values, gradients = (
        np.array(each) for each in zip(*[surface.effect(at.columns) for at in points], strict=True)
    )
    _check_effects(values, surface, terms)
    contrasts = Contrasts(surface.fitted.clustered)
    slopes = contrasts.inference(values, gradients, confidence)
    slopes.insert(0, "at", [point.at for point in points])
    slopes.insert(1, "value", [point.value for point in points])
    ones, others = (list(side) for side in zip(*pairs_of(points), strict=True))
    gaps, moved = values[ones] - values[others], gradients[ones] - gradients[others]
    differences = contrasts.inference(gaps, moved, confidence)
    differences.insert(0, "at", [points[one].at for one in ones])
    differences.insert(1, "than", [points[other].at for other in others])
    products = np.eye(len(surface.fitted.parameters))[list(surface.products)]
    return {
        "slopes": slopes,
        "differences": differences,
        "test": contrasts.test(gaps, moved),
        "product_test": contrasts.test(products @ surface.fitted.parameters.to_numpy(), products),
        "region": _region(surface, plain, terms, contrasts, confidence),
    }


def _check_effects(effects: Floats, surface: Surface, terms: Terms) -> None:
    largest = float(np.abs(effects).max())
    if surface.fitted.model in {"logit", "ordered logit"} and largest > 1:
        raise terms.refusal(
            f"a difference in '{terms.predictors[0]}' of {surface.per:.4g} would move a probability by "
            f"{largest:.3g}, more than there is",
            fix="Some values lie far from all others: correct them, or give a smaller 'per'.",
        )


def _region(
    surface: Surface, plain: Design, terms: Terms, contrasts: Contrasts, confidence: float
) -> pd.DataFrame:
    name = terms.adjust_for[0]
    if kind_of(plain.rows[name]) != "number":
        return pd.DataFrame(columns=["lower", "upper", "side", "share"])
    measured = units(plain.rows, name, terms.organisation)
    return significant_region(
        lambda value: surface.effect(np.array([value])), measured, contrasts, confidence
    )
