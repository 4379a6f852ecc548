"""Training log: writes what TensorBoard shows: every figure of every epoch, in a run that may be killed and go on.

A TensorBoard event file is a TFRecord file of Event messages, so neither side needs the tensorboard package to write
it. Each epoch has a file of its own, named by its number: an epoch that a killed run repeats overwrites its file, and
no point stands twice.
"""

import time
from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf

from models.whole import private_file, private_folder

Event = tf.compat.v1.Event
VERSION = "brain.Event:2"


class TensorBoardLog(keras.callbacks.Callback):
    """Writes `folder/train` and `folder/validation`; `tensorboard --logdir FOLDER` shows two curves a figure."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """One file each for the figures on the training and on the validation images; steps are epochs from 0."""
        figures = {name: float(value) for name, value in (logs or {}).items()}
        checked = {name.removeprefix("val_"): figures.pop(name) for name in tuple(figures) if name.startswith("val_")}
        for run, values in (("train", figures), ("validation", checked)):
            if values:
                write_epoch(self.folder / run, epoch, values)


def write_epoch(folder: Path, epoch: int, figures: Mapping[str, float]) -> None:
    """Write the figures of one epoch as one event file, whole or not at all."""
    private_folder(folder)
    target = folder / f"events.out.tfevents.{epoch:010d}.lucency"
    pending = folder / f"{target.name.replace('tfevents', 'pending')}"
    values = [tf.compat.v1.Summary.Value(tag=f"epoch_{tag}", simple_value=value) for tag, value in figures.items()]
    now = time.time()
    private_file(pending)
    with tf.io.TFRecordWriter(str(pending)) as writer:
        writer.write(Event(wall_time=now, file_version=VERSION).SerializeToString())
        summary = tf.compat.v1.Summary(value=values)
        writer.write(Event(wall_time=now, step=epoch, summary=summary).SerializeToString())
    pending.replace(target)
