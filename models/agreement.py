"""Agreement: how far two readers, or a reader and the network, say the same, beyond what chance would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REPLICATES = 2000
FEW = 10
"""Below so many pairs an interval says nothing."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters' yes and no on the same cases."""

    both: int
    """Cases both call yes."""
    first_only: int
    second_only: int
    neither: int
    kappa: float | None
    """Cohen's kappa (Cohen 1960), -1..1; None where it is not defined: no case, or one answer only on both sides."""
    low: float | None
    """Lower end of its 95% interval; None for fewer than ten cases."""
    high: float | None

    @property
    def cases(self) -> int:
        """How many both judged."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def share(self) -> float | None:
        """Share of the cases on which they say the same, 0..1."""
        return (self.both + self.neither) / self.cases if self.cases else None


def agreement(first: NDArray[np.bool_], second: NDArray[np.bool_], *, seed: int = 0) -> Agreement:
    """Counts, kappa and its 95% interval (percentiles of a bootstrap over cases). Both are `(n,)`, True for yes."""
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    table = _table(first, second)
    low, high = _interval(table, seed) if len(first) >= FEW else (None, None)
    both, first_only, second_only, neither = (int(count) for count in table)
    return Agreement(both, first_only, second_only, neither, kappa(table), low, high)


def kappa(table: NDArray[np.int64]) -> float | None:
    """Cohen's kappa of the counts (both, first only, second only, neither); None where it is not defined."""
    value = float(_kappas(table[None])[0])
    return None if np.isnan(value) else value


def _table(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(2 * (~first).astype(np.int64) + (~second).astype(np.int64), minlength=4)


def _interval(table: NDArray[np.int64], seed: int) -> tuple[float, float] | tuple[None, None]:
    """Drawing n cases with replacement is drawing their counts from a multinomial."""
    cases = int(table.sum())
    drawn = np.random.default_rng(seed).multinomial(cases, table / cases, size=REPLICATES)
    values = _kappas(drawn)
    values = values[~np.isnan(values)]
    if not len(values):
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _kappas(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """Kappa of each row of `(n, 4)`; not a number where chance alone would agree always."""
    share = tables / np.maximum(tables.sum(axis=1, keepdims=True), 1)
    observed = share[:, 0] + share[:, 3]
    first, second = share[:, 0] + share[:, 1], share[:, 0] + share[:, 2]
    chance = first * second + (1 - first) * (1 - second)
    undefined = (chance >= 1) | (tables.sum(axis=1) == 0)
    return np.where(undefined, np.nan, (observed - chance) / np.where(undefined, 1, 1 - chance))
