"""Reading files without storing them: order, answers, refusals, JSON."""

import hashlib
import json
from pathlib import Path

import pytest

from core.services.read import FileReading, as_json, read_files
from core.services.site import LazyPredictor
from core.settings import Limits
from tests.core.services.films import film
from tests.factories import archive, dicom


def readings(paths: list[Path], network: LazyPredictor) -> list[FileReading]:
    return list(read_files(paths, predictor=network.get(), limits=Limits()))


def test_one_reading_for_each_file_in_order(tmp_path: Path, network: LazyPredictor) -> None:
    for number in range(20):
        data = dicom(modality="CT") if number in (0, 7, 19) else film(number)
        (tmp_path / f"{number:02d}.dcm").write_bytes(data)
    found = readings([tmp_path], network)
    assert [Path(each.file).name for each in found] == [f"{number:02d}.dcm" for number in range(20)]
    assert [each.status for each in found] == ["refused" if n in (0, 7, 19) else "read" for n in range(20)]
    for each in found:
        assert each.sha256 == hashlib.sha256(Path(each.file).read_bytes()).hexdigest()
        assert (each.probability is None) == (each.status == "refused")
        assert each.seconds > 0


def test_the_answer_of_a_file_does_not_depend_on_its_neighbours(tmp_path: Path, network: LazyPredictor) -> None:
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(film(number))
    together = readings([tmp_path], network)
    alone = [readings([tmp_path / f"{number}.dcm"], network)[0] for number in range(3)]
    for one, other in zip(together, alone, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=1e-6)
        assert one.answer == other.answer


def test_archives_and_frames_are_counted_out(tmp_path: Path, network: LazyPredictor) -> None:
    (tmp_path / "a.zip").write_bytes(archive({"one.dcm": film(1), "two.txt": b"text"}))
    found = readings([tmp_path / "a.zip"], network)
    assert [each.file.rsplit("!/", 1)[-1] for each in found] == ["one.dcm", "two.txt"]
    assert [type(each.error).__name__ for each in found] == ["NoneType", "UnknownFormat"]


def test_as_json_has_every_field_in_both_cases(tmp_path: Path, network: LazyPredictor) -> None:
    (tmp_path / "a.dcm").write_bytes(film(1))
    (tmp_path / "b.dcm").write_bytes(dicom(modality="MR"))
    good, bad = (as_json(each) for each in readings([tmp_path], network))
    expected = ["file", "frame", "sha256", "status", "error", "probability"]
    expected += ["answer", "peak", "regions", "bundle", "seconds", "warnings", "outside"]
    assert list(good) == list(bad) == expected
    assert json.loads(json.dumps(good)) == good
    assert good["error"] is None
    assert good["bundle"] == network.get().bundle_id
    assert isinstance(good["peak"], list)
    assert bad["error"] == {"class": "WrongModality", "message": bad["error"]["message"]}  # type: ignore[index]
    assert (bad["probability"], bad["answer"], bad["peak"], bad["regions"], bad["bundle"]) == (
        None,
        None,
        None,
        [],
        None,
    )


def test_stopping_early_ends_the_workers(tmp_path: Path, network: LazyPredictor) -> None:
    for number in range(60):
        (tmp_path / f"{number:02d}.dcm").write_bytes(film(number))
    stream = read_files([tmp_path], predictor=network.get(), limits=Limits())
    assert Path(next(stream).file).name == "00.dcm"
    stream.close()  # type: ignore[attr-defined]
    assert list(stream) == []
