"""What tests of scales share: answers, reference numbers, and rows with known covariances."""

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

N = np.nan
ROOT = Path(__file__).parent.parent
NUMBERS = pd.read_csv(ROOT / "reference" / "reliability_numbers.csv").query("what != 'versions'")
NUMBERS = NUMBERS.astype({"value": float}).set_index(["what", "statistic"])["value"]
ITEMS = pd.read_csv(ROOT / "reference" / "reliability.csv")
PUPILS = pd.read_csv(ROOT / "exports" / "files" / "semopy" / "holzinger_swineford39_data.csv")
SETS = {
    "survey": ITEMS,
    "visual": PUPILS[["x1", "x2", "x3"]],
    "textual": PUPILS[["x4", "x5", "x6"]],
    "speed": PUPILS[["x7", "x8", "x9"]],
    "all": PUPILS[[f"x{item}" for item in range(1, 10)]],
}
LIMITS = ["estimate", "ci_lower", "ci_upper"]
EXACT = 1e-11  # closed forms: what differs is the last digits


def with_covariances(matrix: np.ndarray, n: int = 40) -> np.ndarray:
    """Rows whose covariances are exactly these."""
    free = np.random.default_rng(1).normal(size=(n, len(matrix)))
    basis = np.linalg.qr(free - free.mean(axis=0))[0] * np.sqrt(n - 1)
    return basis @ np.linalg.cholesky(matrix).T


SMALL_TABLES = arrays(
    float, st.tuples(st.integers(0, 9), st.integers(3, 4)), elements=st.sampled_from([1.0, 2, 3, 4, 5, N])
)
