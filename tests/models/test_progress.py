"""The time left follows from the batches done, whatever the side of a stage; the clock is a made one."""

import io

import pytest

from models.presets import Stage
from models.progress import CLEAR, Pace, Progress, duration

STAGES = (Stage(32, 2), Stage(64, 1))
IMAGES, BATCH = 40, 10
A_SECOND_A_BATCH = 1.0


class Bench:
    """Runs epochs of four batches: a second each at side 32, four at side 64, and a quarter more beside them."""

    def __init__(self, terminal: io.StringIO | None = None) -> None:
        self.now = 100.0
        self.told: list[str] = []
        self.progress = Progress(STAGES, IMAGES, BATCH, self.told.append, clock=lambda: self.now, terminal=terminal)

    def epoch(self, number: int, *, batches: int = 4) -> None:
        cost = (STAGES[0] if number < 2 else STAGES[1]).side ** 2 / 32**2
        self.progress.on_epoch_begin(number)
        for batch in range(batches):
            self.now += cost * A_SECOND_A_BATCH
            self.progress.on_train_batch_end(batch, {"loss": 0.5})
        if batches == 4:
            self.now += cost
            self.progress.on_epoch_end(number, {"loss": 0.4321, "val_logit_auroc": 0.9})


def test_the_time_left_counts_stages_of_another_side_and_the_validation() -> None:
    bench = Bench()
    bench.epoch(0)
    assert bench.progress.left()[1] == pytest.approx(5 + 20)
    bench.epoch(1)
    assert bench.progress.left()[1] == pytest.approx(20)
    bench.epoch(2)
    assert bench.told == [
        "epoch 1 of 3: 5 s, loss 0.432, val AUROC 0.900, 25 s left",
        "epoch 2 of 3: 5 s, loss 0.432, val AUROC 0.900, 20 s left",
        "epoch 3 of 3: 20 s, loss 0.432, val AUROC 0.900",
    ]


def test_within_an_epoch_the_line_lives_on_a_terminal_and_is_wiped() -> None:
    screen = io.StringIO()
    bench = Bench(screen)
    bench.epoch(0, batches=3)
    lines = screen.getvalue().split(CLEAR)
    assert (
        lines[1] == "epoch 1 of 3: 10 of 40 images, loss 0.500, unknown time left of the epoch, unknown time of the run"
    )
    assert lines[3] == "epoch 1 of 3: 30 of 40 images, loss 0.500, 1 s left of the epoch, 21 s of the run"
    bench.progress.on_epoch_end(0, {})
    assert screen.getvalue().endswith(CLEAR)
    assert len(bench.told) == 1


def test_a_resumed_run_starts_counting_where_it_goes_on() -> None:
    bench = Bench()
    bench.epoch(2)
    assert bench.told == ["epoch 3 of 3: 20 s, loss 0.432, val AUROC 0.900"]


def test_one_slow_batch_moves_the_estimate_a_little() -> None:
    pace = Pace()
    for _ in range(20):
        pace.batch(1.0, 10.0)
    pace.batch(11.0, 10.0)
    assert pace.seconds(100.0, 0.0) == pytest.approx(10 * 1.5)


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "unknown time"), (8.4, "8 s"), (125, "2:05 min"), (4200, "1:10 h"), (59.7, "1:00 min")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
