"""What TensorBoard reads: every figure of every epoch, each once, also when an epoch was run twice."""

from pathlib import Path

import tensorflow as tf

from models.training_log import TensorBoardLog


def points(folder: Path) -> list[tuple[int, str, float]]:
    """Step, tag and value of every point, read as TensorBoard does: all event files in the order of their names."""
    files = sorted(path for path in folder.iterdir() if "tfevents" in path.name)
    records = [tf.compat.v1.Event.FromString(r.numpy()) for f in files for r in tf.data.TFRecordDataset(str(f))]
    assert records[0].file_version == "brain.Event:2"
    return [(event.step, value.tag, value.simple_value) for event in records for value in event.summary.value]


def test_a_repeated_epoch_stands_once(tmp_path: Path) -> None:
    for epoch, loss in ((0, 0.5), (1, 0.25), (1, 0.125), (2, 0.0625)):
        TensorBoardLog(tmp_path).on_epoch_end(epoch, {"loss": loss, "val_loss": 2 * loss})
    assert points(tmp_path / "train") == [(0, "epoch_loss", 0.5), (1, "epoch_loss", 0.125), (2, "epoch_loss", 0.0625)]
    assert [value for *_, value in points(tmp_path / "validation")] == [1.0, 0.25, 0.125]
    assert not [path for path in tmp_path.rglob("*") if "pending" in path.name]
