"""Newton's method says that it converged only at a maximum, whatever the outcome is measured in."""

import numpy as np
import pandas as pd

from surveykit.links.likelihood import At, maximise
from surveykit.links.models import fit_link


class Saddle:
    """A likelihood that bends upwards everywhere."""

    def start(self):
        return np.array([1.0])

    def at(self, parameters):
        return At(float(parameters @ parameters), 2 * parameters[None], np.array([[[-2.0]]]))


def test_where_the_likelihood_bends_upwards_nothing_converged():
    assert not maximise(Saddle())[1]


def test_large_outcomes_converge_to_their_own_slopes():
    rows = pd.DataFrame({"organisation": np.arange(60) // 2, "x": np.arange(60) % 7})
    rows["y"] = 1e8 * (rows["x"] + np.sin(np.arange(60)))
    fitted = fit_link(rows, "ols", outcome="y", predictors=["x"])
    found, converged = maximise(fitted.likelihood, start=np.zeros(2))
    assert converged
    np.testing.assert_allclose(found, fitted.parameters, rtol=1e-10)  # both solve the same normal equations
