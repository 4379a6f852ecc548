"""The training export: a folder that a training takes as it is, with the pictures that the readers marked."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.errors import NotAllowed, RequestError, UnusableTrainingData
from core.intake.grayscale import tone
from core.intake.radiograph import Radiograph
from core.intake.reader import read
from core.phantoms.samples import sample_files
from core.records import Answer, Mark, Opinion, Outside, Statement
from core.rights import Role
from core.services import review
from core.services.labelled import LabelledFile, labelled_files
from core.services.site import Site
from core.services.train_data import inspect
from core.services.training_export import TrainingExport, export_training, taught_pixels
from core.services.training_labels import LeftOut
from core.services.whole_folder import whole_folder
from core.services.withdraw import withdraw_verdict
from core.store import audit, findings, images
from models.preprocess import PreprocessSettings, prepare
from tests.conftest import PROJECT_ROOT
from tests.core.services.films import film, stored
from tests.core.store.entries import new_finding
from tests.factories import bone, dicom, picture, with_overlay
from tests.models.bones import drawn_bones
from tests.people import person

FRACTURE, NONE = Opinion.FRACTURE, Opinion.NO_FRACTURE
FIRST, SECOND = (person(f"Dr. {name}", Role.READER) for name in ("Abel", "Baker"))
LEAD = person("Dr. Lang", Role.LEAD)
SETTINGS = PreprocessSettings(256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the export goes: not there yet."""
    return tmp_path / "taught"


@pytest.fixture
def doubled(empty_site: Site) -> Site:
    """A site that asks for two reads."""
    empty_site.settings = empty_site.settings.model_copy(update={"reads": 2})
    return empty_site


def sign(site: Site, study: int, opinion: Opinion, *marks: Mark, actor: Any = FIRST, **more: Any) -> int:
    """Sign a verdict; its key."""
    return review.give_verdict(site, study, Statement(opinion, marks=marks), actor=actor, **more).key


def export(site: Site, folder: Path) -> TrainingExport:
    return export_training(site, folder, actor=LEAD, report=lambda _: None)


def taught(folder: Path) -> dict[int, LabelledFile]:
    """What a training reads, by image key."""
    return {int(file.path.stem): file for file in labelled_files(folder)}


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "labels.csv").read_text("utf-8-sig"), newline="")))


def nothing_left(folder: Path) -> bool:
    """Whether neither the folder nor a half of it is there."""
    return not [path for path in folder.parent.iterdir() if folder.name in path.name]


class TestRoundTrip:
    """Drawn bones as films of twelve patients, half of them broken and marked, the last with two studies."""

    @pytest.fixture
    def read_site(self, empty_site: Site) -> Site:
        bones = drawn_bones()
        for number in range(13):
            deep = bones.images[number].astype(np.uint16) * 16
            [key] = stored(empty_site, film(1, study=number, pixels=deep, PatientID=f"PAT-{min(number, 11)}"))
            marks = [Mark(key, *box) for box in bones.boxes[number].clip(0, 64).tolist()]
            sign(empty_site, number + 1, FRACTURE if marks else NONE, *marks)
        return empty_site

    def test_a_training_takes_the_folder_as_it_is(
        self, read_site: Site, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert export(read_site, folder) == TrainingExport(images=13, fractured=6, cases=13, left_out={})
        bones, files = drawn_bones(), taught(folder)
        assert [files[key].fractured for key in sorted(files)] == [bool(label) for label in bones.fractured[:13]]
        assert [list(map(list, files[key].boxes)) for key in sorted(files)] == [
            box.clip(0, 64).tolist() for box in bones.boxes[:13]
        ]
        found = inspect(folder, report=lambda _: None)
        assert found.divided
        assert found.audit.refused() == ()
        assert "no_groups" not in {fault.word for fault in found.audit.faults}
        assert main(["train", "--data", str(folder), "--check"]) == 0
        capsys.readouterr()

    def test_what_a_patient_has_stays_in_one_split(self, read_site: Site, folder: Path) -> None:
        export(read_site, folder)
        by_key = {int(file.path.stem): file for file in inspect(folder, report=lambda _: None).files}
        assert by_key[12].group == by_key[13].group == "patient-12"
        assert by_key[12].split == by_key[13].split
        assert len({file.group for file in by_key.values()}) == 12


@pytest.mark.parametrize(
    ("data", "depth"),
    [
        pytest.param(dicom(bone(600, 400)), np.uint16, id="whole range"),
        pytest.param(dicom(bone(600, 400), photometric="MONOCHROME1"), np.uint16, id="MONOCHROME1"),
        pytest.param(
            dicom(bone(600, 400), elements={"WindowCenter": 1500, "WindowWidth": 2000}), np.uint16, id="window within"
        ),
        pytest.param(
            dicom(
                bone(600, 400), photometric="MONOCHROME1", elements={"WindowCenter": 2048, "WindowWidth": 16384}
            ),
            np.uint8,
            id="window far beyond",
        ),
        pytest.param(
            dicom(bone(600, 400), elements={"RescaleSlope": 0.5, "RescaleIntercept": -1000}), np.uint16, id="rescaled"
        ),
        pytest.param(dicom(bone(600, 400, bits=8)), np.uint8, id="8 bits"),
        pytest.param(picture(bone(600, 400, bits=8), "TIFF", tiffinfo={274: 6}), np.uint8, id="turned upright"),
    ],
)  # fmt: skip
def test_the_network_sees_the_picture_that_the_reader_marked(
    empty_site: Site, folder: Path, data: bytes, depth: type
) -> None:
    [key] = stored(empty_site, data)
    sign(empty_site, 1, NONE)
    export(empty_site, folder)
    marked, written = read(data), read(taught(folder)[key].path)
    assert written.pixels.dtype == depth
    assert (written.rows, written.columns) == (marked.rows, marked.columns)
    served, learned = seen(marked), seen(written)
    assert learned.geometry == served.geometry
    apart = np.abs(learned.image.astype(int) - served.image)
    assert apart.mean() < 1
    assert apart.max() <= 8, "along the edges of what a window clips"


def seen(radiograph: Radiograph) -> Any:
    return prepare(radiograph.pixels, SETTINGS, tone(radiograph))


class TestOfSeveralViews:
    """A study of three films."""

    @pytest.fixture
    def keys(self, empty_site: Site) -> list[int]:
        return stored(empty_site, film(1), film(2), film(3))

    def test_no_fracture_is_true_of_each(self, empty_site: Site, keys: list[int], folder: Path) -> None:
        sign(empty_site, 1, NONE)
        assert export(empty_site, folder).left_out == {}
        assert {key: file.fractured for key, file in taught(folder).items()} == dict.fromkeys(keys, False)

    def test_a_fracture_is_true_of_the_marked_ones(self, empty_site: Site, keys: list[int], folder: Path) -> None:
        boxed, pointed, _ = keys
        sign(empty_site, 1, FRACTURE, Mark(boxed, 1, 2, 30.5, 40), Mark(boxed, 5, 5, 5, 5), Mark(pointed, 7, 8, 7, 8))
        done = export(empty_site, folder)
        assert (done.images, done.cases, done.left_out) == (2, 1, {LeftOut.UNMARKED: 1})
        files = taught(folder)
        assert {key: (file.fractured, file.boxes) for key, file in files.items()} == {
            boxed: (True, ((1, 2, 30.5, 40),)),
            pointed: (True, ()),
        }

    def test_what_colleagues_marked_stands_beside_it(self, empty_site: Site, keys: list[int], folder: Path) -> None:
        first, second, third = keys
        sign(empty_site, 1, FRACTURE, Mark(third, 1, 1, 2, 2))
        sign(empty_site, 1, FRACTURE, Mark(first, 1, 1, 9, 9))
        sign(empty_site, 1, Opinion.UNCERTAIN, Mark(third, 1, 1, 9, 9), actor=LEAD)
        sign(empty_site, 1, FRACTURE, Mark(first, 2, 2, 8, 8), Mark(second, 3, 3, 7, 7), actor=SECOND)
        export(empty_site, folder)
        assert {key: file.boxes for key, file in taught(folder).items()} == {
            first: ((1, 1, 9, 9), (2, 2, 8, 8)),
            second: ((3, 3, 7, 7),),
        }, "no mark that its reader gave up, none of a reader who was not certain"

    def test_one_of_another_region_is_left_out_and_one_of_another_scanner_is_not(
        self, empty_site: Site, keys: list[int], folder: Path
    ) -> None:
        with empty_site.database.session() as session:
            for key, why in ((keys[0], Outside.OTHER_REGION), (keys[1], Outside.UNLIKE)):
                told = replace(new_finding(key, Answer.DOUBT), outside=why)
                findings.add(session, told, at=empty_site.clock())
        sign(empty_site, 1, NONE)
        assert export(empty_site, folder).left_out == {LeftOut.OUTSIDE: 1}
        unlike = {row["image"]: row["ai_unlike"] for row in rows(folder)}
        assert unlike == {f"{keys[1]}.png": "yes", f"{keys[2]}.png": "no"}

    def test_one_that_cannot_be_decoded_is_left_out(self, empty_site: Site, keys: list[int], folder: Path) -> None:
        sign(empty_site, 1, NONE)
        sha256 = review.open_case(empty_site, 1, actor=FIRST).images[0].sha256
        [blob] = empty_site.blobs.folder.rglob(sha256)
        blob.chmod(0o600)
        blob.write_bytes(b"damaged")
        empty_site.incoming.forget()
        assert export(empty_site, folder).left_out == {LeftOut.UNREADABLE: 1}
        assert sorted(taught(folder)) == keys[1:]


def test_a_lone_image_without_a_mark_is_fractured(empty_site: Site, folder: Path) -> None:
    [key] = stored(empty_site, film(1))
    sign(empty_site, 1, FRACTURE)
    export(empty_site, folder)
    file = taught(folder)[key]
    assert (file.fractured, file.boxes) == (True, ())


def test_only_what_is_decided_teaches(empty_site: Site, folder: Path) -> None:
    """One case each: read, not read, void by a late image, taken back, uncertain, not diagnostic; and a sample."""
    stored(empty_site, *(film(1, study=number) for number in range(1, 7)))
    sign(empty_site, 1, NONE)
    sign(empty_site, 3, NONE)
    stored(empty_site, film(2, study=3))
    withdraw_verdict(empty_site, sign(empty_site, 4, NONE), actor=FIRST)
    sign(empty_site, 5, Opinion.UNCERTAIN)
    sign(empty_site, 6, Opinion.NOT_DIAGNOSTIC)
    _, sample = next(iter(sample_files()))
    stored(empty_site, sample)
    sign(empty_site, 7, NONE)
    done = export(empty_site, folder)
    assert (done.images, done.cases) == (1, 1)
    assert done.left_out == {LeftOut.UNDECIDED: 3, LeftOut.NEITHER: 2}
    assert [line["study_key"] for line in rows(folder)] == ["1"]
    assert done.lines()[1] == "left out: 3 cases that are not read, or not decided"


class TestTwoReads:
    """Two readers each case."""

    def test_one_read_or_two_that_differ_decide_nothing(self, doubled: Site, folder: Path) -> None:
        stored(doubled, *(film(1, study=number) for number in range(1, 4)))
        sign(doubled, 1, NONE)
        sign(doubled, 2, NONE)
        sign(doubled, 2, FRACTURE, actor=SECOND)
        for actor in (FIRST, SECOND):
            sign(doubled, 3, NONE, actor=actor)
        assert export(doubled, folder).left_out == {LeftOut.UNDECIDED: 2}
        [line] = rows(folder)
        assert (line["study_key"], line["fractured"], line["reads"]) == ("3", "0", "2")

    def test_the_boxes_of_both_are_kept(self, doubled: Site, folder: Path) -> None:
        [key] = stored(doubled, film(1))
        sign(doubled, 1, FRACTURE, Mark(key, 1, 2, 30, 40))
        sign(doubled, 1, FRACTURE, actor=SECOND)
        export(doubled, folder)
        assert taught(folder)[key].boxes == ((1, 2, 30, 40),)

    @pytest.mark.parametrize(("opinion", "boxes"), [(FRACTURE, ((1, 2, 30, 40),)), (NONE, ())])
    def test_the_adjudication_decides(
        self, doubled: Site, folder: Path, opinion: Opinion, boxes: tuple[object, ...]
    ) -> None:
        [key] = stored(doubled, film(1))
        sign(doubled, 1, FRACTURE, Mark(key, 1, 2, 30, 40))
        sign(doubled, 1, NONE, actor=SECOND)
        sign(doubled, 1, opinion, actor=LEAD, adjudicating=True)
        export(doubled, folder)
        file = taught(folder)[key]
        assert (file.fractured, file.boxes) == (opinion is FRACTURE, boxes)


def test_it_tells_how_a_label_came_about(empty_site: Site, folder: Path) -> None:
    [key] = stored(empty_site, film(1, BodyPartExamined="WRIST", ViewPosition="PA"))
    with empty_site.database.session() as session:
        findings.add(session, new_finding(key, Answer.FRACTURE), at=empty_site.clock())
    sign(empty_site, 1, NONE)
    review.reveal_ai(empty_site, 1, actor=FIRST)
    sign(empty_site, 1, FRACTURE)
    export(empty_site, folder)
    assert rows(folder) == [
        {
            "image": f"{key}.png", "fractured": "1", "split": "", "patient": "patient-1", "boxes": "[]",
            "region": "wrist", "view": "PA", "study_key": "1", "after_ai": "yes", "first_opinion": "no_fracture",
            "first_after_ai": "no", "ai_bundle": "net-1", "ai_unlike": "no",
                "reads": "1",
        }
    ]  # fmt: skip


def test_patients_are_kept_together_and_told_by_nothing_of_theirs(empty_site: Site, folder: Path) -> None:
    numbers = ("PAT-4711", "Pat-4711 ", "UNKNOWN", "unknown", "PAT-9")
    for number, patient in enumerate(numbers, start=1):
        secret: dict[str, Any] = {"PatientID": patient, "PatientName": "DOE^JANE", "StudyDate": "20210607"}
        secret["IssuerOfPatientID"] = f"ST MARYS {number}"
        stored(empty_site, film(number, study=number, StudyDescription="KNEE OF MRS DOE", **secret))
        if number != 1:
            sign(empty_site, number, NONE)
    export(empty_site, folder)
    groups = [file.group for _, file in sorted(taught(folder).items())]
    assert groups == ["patient-1", "study-3", "study-4", "patient-5"], "her first study here, exported or not"
    written = b"".join(path.read_bytes() + path.name.encode() for path in folder.rglob("*") if path.is_file())
    for word in (b"DOE", b"JANE", b"4711", b"PAT-", b"MARYS", b"KNEE", b"2021", b"1.2.826"):
        assert word not in written, word


def test_what_a_file_draws_over_its_picture_stays_at_home(empty_site: Site, folder: Path) -> None:
    name = np.zeros((121, 90), bool)
    name[5:15, 5:80] = True
    words = film(1, pixels=bone(121, 90) | (name.astype(np.uint16) << 14), BitsStored=12, HighBit=11)
    within: dict[str, Any] = {"bits": 16, "position": 14, "packed": None}
    stored(empty_site, with_overlay(with_overlay(words, name, group=0x6002, **within), name))
    sign(empty_site, 1, NONE)
    export(empty_site, folder)
    [taught_file] = taught(folder).values()
    np.testing.assert_array_equal(read(taught_file.path).pixels, taught_pixels(read(film(1))))


def test_pixels_that_are_not_square_are_taught_in_true_proportions(empty_site: Site, folder: Path) -> None:
    [image] = stored(empty_site, film(1, ImagerPixelSpacing=[0.4, 0.2]))
    sign(empty_site, 1, Opinion.FRACTURE, Mark(image, 10, 20, 40, 60))
    export(empty_site, folder)
    [file] = taught(folder).values()
    pixels = read(file.path).pixels
    assert pixels.shape == (242, 90)
    assert [*file.boxes] == [(10, 40, 40, 120)]
    served = prepare(read(film(1)).pixels, PreprocessSettings(96), tone(read(film(1))), aspect=2)
    learned = prepare(pixels, PreprocessSettings(96), tone(read(file.path)))
    assert np.abs(served.image.astype(int) - learned.image).mean() < 2


def test_the_folder_is_its_owners_only(empty_site: Site, folder: Path) -> None:
    stored(empty_site, film(1))
    sign(empty_site, 1, NONE)
    export(empty_site, folder)
    assert [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_it_is_audited_with_its_size(empty_site: Site, folder: Path) -> None:
    stored(empty_site, film(1), film(2))
    sign(empty_site, 1, NONE)
    export(empty_site, folder)
    with empty_site.database.reading() as session:
        [entry] = audit.find(session, action="export")
    assert (entry.actor, entry.outcome) == ("Dr. Lang", "2 images of 1 cases for training")


class TestRefused:
    """What cannot be written leaves nothing behind, and nothing in the trail."""

    @pytest.fixture(autouse=True)
    def unaudited(self, empty_site: Site) -> Any:
        yield
        with empty_site.database.reading() as session:
            assert audit.find(session, action="export") == ()

    def test_a_folder_that_holds_something(self, empty_site: Site, folder: Path) -> None:
        stored(empty_site, film(1))
        sign(empty_site, 1, NONE)
        folder.mkdir()
        (folder / "mine.txt").write_text("mine")
        with pytest.raises(RequestError, match="already"):
            export(empty_site, folder)
        with pytest.raises(RequestError, match="already"):
            export(empty_site, folder / "mine.txt")
        assert [path.name for path in folder.iterdir()] == ["mine.txt"]

    def test_a_place_where_no_folder_can_be(self, empty_site: Site, folder: Path) -> None:
        stored(empty_site, film(1))
        sign(empty_site, 1, NONE)
        (folder.parent / "file").write_text("")
        with pytest.raises(RequestError, match="cannot be written") as refused:
            export(empty_site, folder.parent / "file" / "below")
        assert str(folder.parent) not in str(refused.value)

    def test_a_site_that_has_nothing_to_teach(self, empty_site: Site, folder: Path) -> None:
        stored(empty_site, film(1))
        with pytest.raises(UnusableTrainingData, match="1 cases that are not read"):
            export(empty_site, folder)
        assert nothing_left(folder)

    def test_whoever_may_not_see_identifiers_for_pictures_may_show_them(self, empty_site: Site, folder: Path) -> None:
        with pytest.raises(NotAllowed):
            export_training(empty_site, folder, actor=FIRST, report=lambda _: None)
        assert nothing_left(folder)


@pytest.fixture
def stuck(empty_site: Site, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An export that has begun its folder and waits for an image's file, which nobody writes."""
    keys = stored(empty_site, film(1), film(2))
    sign(empty_site, 1, NONE)
    with empty_site.database.reading() as session:
        sha256 = images.get(session, keys[1]).sha256
    blob = empty_site.settings.data_dir / "blobs" / sha256[:2] / sha256
    blob.unlink()
    os.mkfifo(blob)
    command = [sys.executable, "-m", "core", "export", "--training", str(folder)]
    environment = os.environ | {"LUCENCY_DATA_DIR": str(empty_site.settings.data_dir)}
    with subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT, stderr=subprocess.PIPE) as child:
        until(lambda: bool(list(folder.parent.glob(f".{folder.name}.*.part/images"))))
        yield child
        child.kill()


def until(happened: Callable[[], bool]) -> None:
    """Wait for it, a minute at most."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a signal")
class TestKilled:
    """What an export that was ended had written shows patients: it goes."""

    def test_a_terminated_one_clears_away_what_it_wrote(self, stuck: "subprocess.Popen[bytes]", folder: Path) -> None:
        stuck.terminate()
        assert stuck.wait(timeout=60) == 128 + signal.SIGTERM
        assert nothing_left(folder)

    def test_the_next_one_clears_away_what_a_killed_one_left_and_nothing_else(
        self, stuck: "subprocess.Popen[bytes]", folder: Path
    ) -> None:
        mine = [folder.with_name(name) for name in (".taught.part", ".taught.abcdefgh.part2", ".other.abcdefgh.part")]
        for one in mine:
            one.mkdir()
        with whole_folder(folder):
            assert len(list(folder.parent.glob(".taught.????????.part"))) == 2, "that of a living one stays"
        stuck.kill()
        stuck.wait(timeout=60)
        assert list(folder.parent.glob(".taught.????????.part/images"))
        folder.rmdir()
        with whole_folder(folder) as draft:
            assert list(folder.parent.glob(".taught.????????.part")) == [draft]
        assert all(one.is_dir() for one in mine)


def test_an_empty_folder_is_taken(empty_site: Site, folder: Path) -> None:
    stored(empty_site, film(1))
    sign(empty_site, 1, NONE)
    folder.mkdir()
    export(empty_site, folder)
    assert len(taught(folder)) == 1
    assert not list(folder.parent.glob(".*.part"))
