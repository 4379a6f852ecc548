"""From labelled pictures to a measured bundle, through the commands a user types."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.cli import main
from core.errors import BundleUnavailable, UnusableTrainingData
from core.records import Outside
from core.services import evidence
from core.services.evaluate import check_own, evaluate, found_fractures, paired, record
from core.services.labelled import LabelledFile, labelled_files, labels_digest
from core.services.read import FileReading
from core.services.train import TrainRequest, train_bundle
from core.settings import Limits, Settings
from models.bundle import load_gate, read_card, write_card
from models.dataset import LabelledImages
from models.evidence import Part, read_evidence
from models.predictor import Predictor
from tests.core.services.measurements import card as drawn_card
from tests.factories import archive, picture
from tests.models.bones import drawn_bones

pytestmark = [
    pytest.mark.timeout(900),  # it trains, measures and reports for real: a minute of work, more on a busy machine
    pytest.mark.xdist_group("train_and_evaluate"),
]


@pytest.fixture(scope="module")
def labelled_bones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn bones as FracAtlas lays its images out: 16 each to train, choose and test."""
    folder = tmp_path_factory.mktemp("bones")
    (folder / "images").mkdir()
    bones = drawn_bones()
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(("image", "fractured", "split", "group", "region", "boxes", "width", "height"))
        writer.writerows(bone_row(folder, bones, number) for number in range(len(bones)))
    return folder


def bone_row(folder: Path, bones: LabelledImages, number: int) -> tuple[object, ...]:
    name = f"{bones.names[number]}.png"
    (folder / "images" / name).write_bytes(picture(bones.images[number]))
    split = ("train", "val", "test")[number // 16]
    boxes = json.dumps(bones.boxes[number].tolist())
    return name, int(bones.fractured[number]), split, number // 16, "leg", boxes, 64, 64


@pytest.fixture(scope="module")
def trained_run(trained: Path) -> Path:
    """The folder of the run that made the bundle."""
    return trained.with_name("run")


@pytest.fixture(scope="module")
def trained(labelled_bones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained by the command."""
    folder = tmp_path_factory.mktemp("trained")
    out, run = folder / "bundle", folder / "run"
    arguments = ["--data", str(labelled_bones), "--preset", "seed_a", "--out", str(out), "--run-dir", str(run)]
    assert main(["train", *arguments, "--epochs", "2"]) == 0
    return out


def test_the_bundle_is_complete(trained: Path) -> None:
    card = read_card(trained)
    assert card.preset == "seed_a"
    assert card.training["images"] == {"train": 16, "val": 16, "test": 16}
    assert 0 < card.thresholds.doubt <= card.thresholds.fracture
    assert "val" in card.metrics
    assert Predictor(trained).bundle_id == card.bundle_id
    assert card.gate_sha256


def test_what_a_training_writes_is_its_owners_only(trained: Path, trained_run: Path) -> None:
    """Report and table name and show images that may come from a private export."""
    written = [path for folder in (trained, trained_run) for path in (folder, *folder.rglob("*"))]
    assert {"report.html", "predictions.csv", "run.json", "bundle.json"} <= {path.name for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_no_bundle_stands_there_before_its_gate_is_fitted(
    labelled_bones: Path, trained_run: Path, tmp_path: Path
) -> None:
    """The run is over, so that the bundle alone is made again."""
    run, out = Path(shutil.copytree(trained_run, tmp_path / "run")), tmp_path / "bundle"
    there: list[bool] = []

    def report(line: str) -> None:
        if "gate" in line:
            there.append(out.exists())

    request = TrainRequest(labelled_bones, "seed_a", run, out, epochs=2)
    card = train_bundle(Settings(), request, report=report)
    assert there == [False]
    assert load_gate(out, read_card(out)) is not None
    assert read_card(out).gate_sha256 == card.gate_sha256


def test_its_gate_is_fitted_anew_by_one_command(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "bundle"))
    before = read_card(folder)
    write_card(folder, replace(before, gate_sha256=""))
    (folder / "gate.npz").unlink()
    monkeypatch.setenv("LUCENCY_BUNDLE", str(folder))
    assert main(["gate", "--data", str(labelled_bones)]) == 0
    after = read_card(folder)
    assert capsys.readouterr().out.strip() == after.gate_sha256
    assert after == replace(before, gate_sha256=after.gate_sha256)
    first, second = load_gate(trained, before), load_gate(folder, after)
    assert first is not None
    assert second is not None
    assert second.limit == pytest.approx(first.limit, rel=1e-3)


def test_it_is_measured_by_one_command(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    monkeypatch.chdir(tmp_path)
    other_run = tmp_path / "runs" / "seed_a"
    other_run.mkdir(parents=True)
    (other_run / "history.csv").write_text("epoch,loss\n0,2.0\n1,1.0\n", encoding="utf-8")
    predictions = tmp_path / "predictions.csv"
    page = tmp_path / "report"
    where = ["--data", str(labelled_bones), "--split", "test", "--predictions", str(predictions)]
    assert main(["evaluate", *where, "--record", "--report", str(page), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["images"], figures["fractured"]) == (16, 8)
    value, low, high = figures["auroc"]
    assert read_card(trained).metrics["test"]["auroc"] == [value, low, high]
    assert f"{value:.3f} [{low:.3f}, {high:.3f}]" in (trained / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert 0 <= low <= value <= high <= 1
    with predictions.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 16
    assert all(0 <= float(row["probability"]) <= 1 for row in rows)
    assert (page / "predictions.csv").read_bytes() == predictions.read_bytes()
    check_evidence(trained, page)
    assert 'id="training"' not in (page / "report.html").read_text(encoding="utf-8"), "curves of a run nobody named"


def check_evidence(bundle: Path, report: Path) -> None:
    """The report and the bundle tell the same, in numbers, and the page needs nothing but itself."""
    recorded = read_evidence(bundle, read_card(bundle).bundle_id)["test"]
    assert recorded == read_evidence(report, read_card(bundle).bundle_id)["test"]
    confusion = recorded["confusion"]["doubt"]
    assert confusion["true_positive"] + confusion["false_negative"] == recorded["fractured"] == 8
    check_counts(recorded)
    assert recorded["subgroups"]["region"][0]["value"] == "leg"
    assert recorded["randomisation"][0]["correlation"] == 1
    assert set(recorded["localisation"]) <= {"gradient", "counts"}  # this network has no map of its own
    assert (bundle / "evidence.json").stat().st_size < 200_000
    assert "bone-" not in (bundle / "evidence.json").read_text(encoding="utf-8")
    page = (report / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 4
    assert "data:image/jpeg;base64," in page
    assert not re.search(r"""(src|href)=["']?(https?:|//|[^"'#d])""", page)
    card = (bundle / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "Positive predictive value" in card
    assert "Adebayo" in card


def check_counts(part: Part) -> None:
    """Failures are those of the confusion matrices."""
    assert part["failures"]["missed"]["count"] == part["confusion"]["doubt"]["false_negative"]
    assert part["failures"]["false_alarms"]["count"] == part["confusion"]["fracture"]["false_positive"]


BOXES = ((40.0, 40.0, 60.0, 60.0),)
TOLD = [
    (True, BOXES, 0.9, None),
    (True, BOXES, 0.1, Outside.UNLIKE),
    (True, BOXES, 0.8, Outside.UNLIKE),
    (False, BOXES, 0.9, Outside.UNLIKE),
    (False, (), 0.1, None),
    (False, BOXES, 0.5, None),
]
"""Fractured, boxes, probability, and why the gate turned the image away."""


def test_what_the_gate_turns_away_is_counted_by_the_networks_own_answer() -> None:
    card = drawn_card()
    files = [LabelledFile(Path(f"{n}.png"), truth, boxes=boxes) for n, (truth, boxes, _, _) in enumerate(TOLD)]
    readings = [
        FileReading(f"{n}.png", 1, "", None, said, "doubt" if away else card.thresholds.answer(said), outside=away)
        for n, (_, _, said, away) in enumerate(TOLD)
    ]
    measured = list(paired(files, readings, card.thresholds, lambda _: None))
    part = evidence.decisions(*evidence.arrays(measured), card) | {"failures": evidence.failures(measured)}
    check_counts(part)
    assert part["failures"]["missed"]["count"] == part["failures"]["false_alarms"]["count"] == 1
    found = found_fractures(measured)
    assert [(one.file.path.name, one.answer) for one in found] == [("0.png", "fracture"), ("2.png", "fracture")]


def labelled(folder: Path, contents: dict[str, bytes]) -> Path:
    """A folder of test images, every other one fractured, under these names."""
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    lines = [f"{name},{number % 2},test" for number, name in enumerate(contents)]
    (folder / "labels.csv").write_text("\n".join(["image,fractured,split", *lines]), encoding="utf-8")
    return folder


def drawn(number: int) -> bytes:
    """One drawn bone as a picture."""
    return picture(drawn_bones().images[number])


def said_of(folder: Path, predictor: Predictor) -> list[tuple[str, float | None]]:
    """Names and probabilities of an evaluation."""
    done = evaluate(predictor, folder, split="test", limits=Limits(), report=lambda _: None)
    return [(one.file.path.name, one.reading.probability) for one in done.measured]


def test_of_several_frames_the_first_is_measured_and_its_neighbours_keep_their_labels(
    bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "alone").mkdir()
    first, second = (Image.fromarray(drawn_bones().images[number]) for number in (1, 3))
    pages = io.BytesIO()
    first.save(pages, "TIFF", save_all=True, append_images=[second])
    names = ("a.tif", "b.png", "c.png")
    predictor = Predictor(bundle)
    several = labelled(tmp_path / "pages", dict(zip(names, (pages.getvalue(), drawn(4), drawn(5)), strict=True)))
    alone = labelled(tmp_path / "alone", dict(zip(names, (drawn(1), drawn(4), drawn(5)), strict=True)))
    assert [name for name, _ in said_of(several, predictor)] == list(names)
    assert [p for _, p in said_of(several, predictor)] == pytest.approx([p for _, p in said_of(alone, predictor)])


@pytest.mark.parametrize("odd", ["b.zip", "empty"])
def test_what_is_not_one_image_is_told(bundle: Path, tmp_path: Path, odd: str) -> None:
    folder = labelled(tmp_path, {"a.png": drawn(0), "c.png": drawn(1), "d.png": drawn(2)})
    (folder / "b.zip").write_bytes(archive({"inside.png": drawn(3)}))
    (folder / "empty").mkdir()
    table = folder / "labels.csv"
    table.write_text(f"{table.read_text(encoding='utf-8')}\n{odd},1,test", encoding="utf-8")
    with pytest.raises(UnusableTrainingData, match="not one image"):
        said_of(folder, Predictor(bundle))


def test_weights_that_went_meanwhile_are_told(bundle: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    predictor = Predictor(folder)
    data = labelled(tmp_path, {"a.png": drawn(0), "b.png": drawn(1)})
    done = evaluate(predictor, data, split="test", limits=Limits(), report=lambda _: None)
    (folder / "model.keras").unlink()
    with pytest.raises(BundleUnavailable, match=r"model\.keras"):
        evidence.gather(done, predictor, folder, report=lambda _: None)


def test_training_ends_with_a_report(trained_run: Path) -> None:
    page = (trained_run / "report" / "report.html").read_text(encoding="utf-8")
    assert "Sample sheet" in page
    assert 'id="training"' in page
    assert page.count("validation</text>") >= 1
    with (trained_run / "report" / "predictions.csv").open(newline="", encoding="utf-8") as lines:
        assert len(list(csv.DictReader(lines))) == 16


def test_a_part_of_a_split_is_not_recorded(
    labelled_bones: Path, trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    assert main(["evaluate", "--data", str(labelled_bones), "--most", "4", "--record"]) == 2
    assert "--most" in capsys.readouterr().err


def test_figures_of_other_images_are_not_recorded(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor those of its own images in other splits: training ones would be measured as test."""
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    before = read_card(trained)
    (tmp_path / "images").symlink_to(labelled_bones / "images")
    table = (labelled_bones / "labels.csv").read_text(encoding="utf-8")
    (tmp_path / "labels.csv").write_text(table.replace(",train,", ",test,"), encoding="utf-8")
    assert main(["evaluate", "--data", str(tmp_path), "--record"]) == 2
    told = capsys.readouterr().err
    assert "other images or splits" in told
    assert "leave --record out" in told
    done = evaluate(Predictor(trained), tmp_path, split="test", limits=Limits(), report=lambda _: None, most=4)
    with pytest.raises(UnusableTrainingData, match="other images or splits"):
        record(trained, done, {})
    assert read_card(trained) == before


def test_the_shipped_network_is_measured_on_the_images_it_was_made_with(shared_data: Path) -> None:
    check_own(read_card(Settings().bundle), labels_digest(labelled_files(shared_data / "fracatlas")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--preset", "seed_z", "--out", "x"], "no preset"),
        (["evaluate", "--split", "val"], "one kind is missing"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    labelled_bones: Path,
    trained: Path,
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUCENCY_BUNDLE", str(trained))
    monkeypatch.chdir(tmp_path)
    table = (labelled_bones / "labels.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "images").symlink_to(labelled_bones / "images")
    healthy = [line for line in table if ",1,val," not in line]
    (tmp_path / "labels.csv").write_text("\n".join(healthy), encoding="utf-8")
    assert main([*arguments, "--data", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err


def test_a_cross_fitted_round_learns_from_val_and_is_not_measured_there(
    labelled_bones: Path,
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (labelled_bones / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row | {"group": str(number // 4)} for number, row in enumerate(csv.DictReader(lines))]
    (tmp_path / "images").symlink_to(labelled_bones / "images")
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    out, run = tmp_path / "bundle", tmp_path / "run"
    last_round = ["--preset", "seed_a", "--from", str(trained), "--epochs", "1", "--cross-fit", "2"]
    where = ["--data", str(tmp_path), "--out", str(out), "--run-dir", str(run)]
    assert main(["train", *where, *last_round]) == 0
    told = capsys.readouterr().err
    assert "learned from val" in told
    read = re.findall(r"reading (\d+) images of (\w+)", told)
    assert read == [("16", "train"), ("16", "val")], "each once, and nothing of test"
    assert read_card(out).gate_sha256
    assert [(run / f"part-{part}" / "history.csv").exists() for part in (1, 2)] == [True, True]
    card = read_card(out)
    assert card.training["cross_fit"] == 2
    assert "auroc" in card.metrics["val"]
    assert "cross-fitted" in (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    monkeypatch.setenv("LUCENCY_BUNDLE", str(out))
    assert main(["evaluate", "--data", str(tmp_path), "--split", "val"]) == 2
    assert main(["evaluate", "--data", str(tmp_path), "--split", "test"]) == 0


@pytest.mark.parametrize("arguments", [["--cross-fit", "1", "--from", "x"], ["--cross-fit", "2"]])
def test_a_cross_fit_needs_parts_and_weights_of_one_origin(
    labelled_bones: Path, tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--data", str(labelled_bones), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert "--from" in capsys.readouterr().err
