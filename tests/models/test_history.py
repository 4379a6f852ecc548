"""A run's history is read as Keras writes it, and as a killed run may leave it."""

from pathlib import Path

import keras

from models.history import HISTORY, read_history


def test_what_keras_writes_comes_back(tmp_path: Path) -> None:
    logger = keras.callbacks.CSVLogger(tmp_path / HISTORY)
    logger.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    logger.on_train_begin()
    logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    logger.on_epoch_end(1, {"loss": 0.25, "val_loss": float("nan")})
    logger.on_train_end()
    assert read_history(tmp_path) == [{"epoch": 0, "loss": 0.5, "val_loss": 0.75}, {"epoch": 1, "loss": 0.25}]


def test_a_cell_may_be_quoted_and_a_line_cut_off(tmp_path: Path) -> None:
    (tmp_path / HISTORY).write_text('epoch,"a, b",loss\n0,"1.5",NA\n1,2.5\n', encoding="utf-8")
    assert read_history(tmp_path) == [{"epoch": 0, "a, b": 1.5}, {"epoch": 1, "a, b": 2.5}]


def test_a_run_without_one_has_no_epochs(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []
