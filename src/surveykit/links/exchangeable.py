r"""Rows of one organisation that go together, each with each alike: what random intercepts and GEE share.

The covariance of an organisation's n rows is a multiple of :math:`I + r J`, J all ones. No n by n matrix is ever made:
the sums of each organisation say all there is to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from surveykit.links.clustered import group_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.errors import LinkError

    Floats = NDArray[np.float64]


class Refusal(Protocol):
    """How to say no: `LinkError` itself, or `Terms.refusal`, which adds the link and where it was planned."""

    def __call__(self, what: str, *, given: object = None, fix: str = "") -> LinkError:
        """Build the error."""
        ...


def decorrelated(groups: NDArray[np.intp], rows: Floats, ratio: float) -> Floats:
    r"""Multiply each organisation's rows by the symmetric root of the inverse of :math:`I + r J`.

    Parameters
    ----------
    groups : array of int, shape (n,)
        Organisation of each row, from 0.
    rows : array of float, shape (n, k)
        The rows.
    ratio : float
        r, above -1 over the size of the largest organisation; 0 leaves the rows as they are.

    Returns
    -------
    array of float, shape (n, k)
        :math:`x_i - (1 - (1 + n r)^{-1/2})\, \bar x`, n and the mean those of the organisation.

    Examples
    --------
    >>> decorrelated(np.array([0, 0, 0, 1]), np.array([[1.0], [2.0], [3.0], [4.0]]), 1.0).ravel().tolist()
    [0.0, 1.0, 2.0, 2.8284271247461903]
    """
    sizes = np.bincount(groups)
    means = group_sums(groups, rows) / sizes[:, None]
    moved: Floats = rows - ((1 - (1 + sizes * ratio) ** -0.5)[:, None] * means)[groups]
    return moved


def check_together(groups: NDArray[np.intp], model: str, refusal: Refusal) -> None:
    """Refuse organisations of one row each: nothing says how far rows of one organisation go together.

    Raises
    ------
    LinkError
        If no organisation has two rows.
    """
    if int(np.bincount(groups).max()) < 2:
        raise refusal(
            f"a {model} model needs organisations with several rows, and here each has one",
            given=f"{len(groups)} rows of {len(groups)} organisations",
            fix="Leave 'model' out: the outcome's own model says the same of such rows.",
        )


def refuse_weights(model: str, refusal: Refusal) -> LinkError:
    """Say why survey weights and this model do not go together."""
    return refusal(
        f"a {model} model takes no survey weights",
        fix=(
            "It would need one weight for organisations and another for the rows within them, scaled to each other; "
            "one weight for both is not enough. Add 'weighted: false' to the link, or leave 'model' out: the "
            "outcome's own model takes weights, and its standard errors are by organisation as well."
        ),
    )
