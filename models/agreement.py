"""Agreement: how far two readers, or a reader and the network, say the same, beyond what chance would give."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REPLICATES = 2000
FEW = 10
"""Below so many cases an interval says nothing."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters' yes and no on the same cases, or on the same reads where several readers judge a case."""

    both: int
    """Cases, or reads, both call yes."""
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
        """How many both judged: reads, where several readers judge a case."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def share(self) -> float | None:
        """Share of the cases on which they say the same, 0..1."""
        return (self.both + self.neither) / self.cases if self.cases else None


def agreement(first: NDArray[np.bool_], second: NDArray[np.bool_], *, of: NDArray[np.int64] | None = None) -> Agreement:
    """Counts, kappa and its 95% interval (percentiles of a bootstrap over cases). Both are `(n,)`, True for yes.

    `of` `(n,)` tells the case of each judgement: those of one case are drawn together. Without it each has its own.
    """
    tables = _tables(first, second, np.arange(len(first)) if of is None else of)
    table = tables.sum(axis=0)
    low, high = _interval(tables) if len(tables) >= FEW else (None, None)
    both, first_only, second_only, neither = (int(count) for count in table)
    return Agreement(both, first_only, second_only, neither, kappa(table), low, high)


def kappa(table: NDArray[np.int64]) -> float | None:
    """Cohen's kappa of the counts (both, first only, second only, neither); None where it is not defined."""
    value = float(_kappas(table[None])[0])
    return None if np.isnan(value) else value


def _tables(first: NDArray[np.bool_], second: NDArray[np.bool_], of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Both, first only, second only, neither: `(cases, 4)`."""
    cases, place = np.unique(of, return_inverse=True)
    kind = 2 * (~np.asarray(first, bool)).astype(np.int64) + (~np.asarray(second, bool)).astype(np.int64)
    return np.bincount(4 * place + kind, minlength=4 * len(cases)).reshape(-1, 4)


def _interval(tables: NDArray[np.int64]) -> tuple[float, float] | tuple[None, None]:
    """Drawing n cases with replacement is drawing the counts of their kinds from a multinomial."""
    kinds, cases = np.unique(tables, axis=0, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(tables), cases / len(tables), size=REPLICATES)
    values = _kappas(drawn @ kinds)
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
