"""Progress: tells a person how far a training is and how long it still takes."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import keras

from models.presets import Stage
from models.tell import Tell

Clock = Callable[[], float]

SMOOTHING = 0.05
"""Share of the newest batch in the running mean of seconds a pixel."""
EVERY_SECONDS = 1.0
"""Shortest time between two changes of the live line."""
CLEAR = "\r\033[K"


@dataclass
class Pace:
    """How long the rest takes. Work is counted in images times pixels, so that stages of other sides are comparable."""

    rate: float | None = None
    """Seconds a unit of training, smoothed over the batches."""
    overhead: float = 0.0
    """Seconds a unit beside the batches: validation, checkpoint; of the last epoch."""

    def batch(self, seconds: float, work: float) -> None:
        """A batch took this long."""
        new = seconds / work
        self.rate = new if self.rate is None else (1 - SMOOTHING) * self.rate + SMOOTHING * new

    def epoch(self, seconds: float, work: float) -> None:
        """A whole epoch took this long, of which `work` units were training."""
        if self.rate is not None and work:
            self.overhead = max(0.0, seconds / work - self.rate)

    def seconds(self, left: float, overhead_of: float) -> float | None:
        """Seconds for `left` units of training, and the rest of `overhead_of` units; None before the first batch."""
        return None if self.rate is None else left * self.rate + overhead_of * self.overhead


@dataclass
class Progress(keras.callbacks.Callback):
    """One line an epoch to `report`; on a terminal also a live line within the epoch. Serves all stages of a run."""

    stages: Sequence[Stage]
    images: int
    """Images of an epoch, repeats counted."""
    batch: int
    report: Tell
    clock: Clock = time.monotonic
    terminal: TextIO | None = field(default_factory=lambda: sys.stderr if sys.stderr.isatty() else None)
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        super().__init__()
        self._epoch = self._seen = 0
        self._begun = self._last = self._shown = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Start the epoch's clock."""
        self._epoch, self._seen = epoch, 0
        self._begun = self._last = self.clock()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Count the batch. The first of an epoch is not timed: it may have built the graph, or filled the queue."""
        now, size = self.clock(), min(self.batch, self.images - self._seen)
        self._seen += size
        if batch and size:
            self.pace.batch(now - self._last, size * self._area(self._epoch))
        self._last = now
        if self.terminal is not None and now - self._shown >= EVERY_SECONDS:
            self._shown = now
            print(f"{CLEAR}{self.live_line(logs or {})}", end="", file=self.terminal, flush=True)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell the epoch."""
        seconds = self.clock() - self._begun
        self.pace.epoch(seconds, self._work(epoch))
        if self.terminal is not None:
            print(CLEAR, end="", file=self.terminal, flush=True)
        self._seen = self.images
        self.report(self.epoch_line(logs or {}, seconds))

    def live_line(self, logs: Mapping[str, float]) -> str:
        """Images done, of how many; loss; time left for the epoch and for the run."""
        done = f"epoch {self._epoch + 1} of {self._epochs}: {self._seen:,} of {self.images:,} images"
        epoch, run = self.left()
        return ", ".join([done, *_figures(logs), f"{duration(epoch)} left of the epoch, {duration(run)} of the run"])

    def epoch_line(self, logs: Mapping[str, float], seconds: float) -> str:
        """Figures of the epoch, its time, and the time left for the run."""
        head = f"epoch {self._epoch + 1} of {self._epochs}: {duration(seconds)}"
        last = self._epoch + 1 == self._epochs
        return ", ".join([head, *_figures(logs), *([] if last else [f"{duration(self.left()[1])} left"])])

    def left(self) -> tuple[float | None, float | None]:
        """Seconds left of the epoch and of the run; None before anything was timed."""
        here = (self.images - self._seen) * self._area(self._epoch)
        open_epochs = self._work(self._epoch) if self._seen < self.images else 0.0
        later = sum(self._work(epoch) for epoch in range(self._epoch + 1, self._epochs))
        return self.pace.seconds(here, open_epochs), self.pace.seconds(here + later, open_epochs + later)

    @property
    def _epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    def _work(self, epoch: int) -> float:
        return self.images * self._area(epoch)

    def _area(self, epoch: int) -> float:
        """Pixels of an image in this epoch."""
        sides = [stage.side for stage in self.stages for _ in range(stage.epochs)]
        return float(sides[epoch] ** 2)


def _figures(logs: Mapping[str, float]) -> list[str]:
    """Loss, and what is known of the validation images, in words."""
    named = (("loss", "loss"), ("val_loss", "val loss"), ("val_auroc", "val AUROC"), ("val_logit_auroc", "val AUROC"))
    return [f"{word} {logs[key]:.3f}" for key, word in named if key in logs]


def duration(seconds: float | None) -> str:
    """`8 s`, `2:05 min`, `1:10 h`; `unknown time` for None."""
    if seconds is None:
        return "unknown time"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
