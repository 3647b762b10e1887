"""The smallest effect that could have been found: hand-worked figures and R's exact ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveykit.errors import LinkError
from surveykit.links.detectable import smallest_detectable


def test_it_is_bloom_s_multiple_of_the_standard_error():
    # Tables of t: 2.2281 and 0.8791 at 10 degrees of freedom; of the normal, 1.9600 and 0.8416.
    assert smallest_detectable(1, 10) == pytest.approx(2.2281 + 0.8791, abs=1e-4)
    assert smallest_detectable(1) == pytest.approx(1.9600 + 0.8416, abs=1e-4)


@pytest.mark.parametrize(("df", "exact"), [(5, 3.513895), (10, 3.109979), (20, 2.945469), (40, 2.871160)])
def test_it_is_near_the_exact_one_of_r(df, exact):
    # power.t.test(n = df / 2 + 1, power = .8, sd = 1)$delta / sqrt(2 / n), R 4.2.2: the noncentral t's. The
    # approximation itself is what differs, by under 1%.
    assert smallest_detectable(1, df) == pytest.approx(exact, rel=0.008)


@given(
    error=st.floats(1e-3, 1e3),
    df=st.floats(3, 500),
    power=st.floats(0.55, 0.99),
    confidence=st.floats(0.5, 0.999),
)
def test_it_grows_with_the_error_power_and_confidence_and_shrinks_with_degrees(error, df, power, confidence):
    found = smallest_detectable(error, df, power=power, confidence=confidence)
    assert found > stats.t.ppf((1 + confidence) / 2, df) * error
    assert smallest_detectable(2 * error, df, power=power, confidence=confidence) == pytest.approx(2 * found)
    assert smallest_detectable(error, 2 * df, power=power, confidence=confidence) < found
    assert smallest_detectable(error, df, power=(power + 1) / 2, confidence=confidence) > found


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"std_error": 0.0}, "'std_error' is out of range; given: 0.0; allowed: a number above 0"),
        ({"std_error": np.nan}, "'std_error' is out of range"),
        ({"std_error": 1, "df": 0}, "'df' is out of range; given: 0; allowed: above 0"),
        ({"std_error": 1, "power": 0.5}, "'power' is out of range; given: 0.5; allowed: above 0.5, below 1"),
        ({"std_error": 1, "confidence": 95}, "'confidence' is out of range; given: 95"),
    ],
)
def test_what_is_out_of_range_is_refused(given_, message):
    with pytest.raises(LinkError, match=message):
        smallest_detectable(**given_)
