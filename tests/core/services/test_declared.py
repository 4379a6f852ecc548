"""What a file says against the intended use, and what becomes of the answer on an image from outside."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.intake.reader import read
from core.records import Answer, Case, Opinion, Outside, Statement, WorklistFilter
from core.services.analyse import analyse_images
from core.services.asking import ask, question
from core.services.declared import declared_outside
from core.services.export import ExportOptions, export_table
from core.services.read import as_json, read_files
from core.services.review import give_verdict, open_case
from core.services.site import Site, load_predictor
from core.services.triage import worklist
from core.settings import Limits, Settings
from models.predictor import Predictor
from tests.core.conftest import Pretend
from tests.core.services.films import film, stored
from tests.factories import bone, dicom, picture
from tests.models.bones import drawn_bone
from tests.models.bundles import gated
from tests.people import person

pytestmark = pytest.mark.xdist_group("declared")

LIMBS = {"region": ["hand", "hip", "leg", "shoulder"], "view": ["frontal"]}
NOISE = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)


@pytest.mark.parametrize(
    ("body_part", "outside"),
    [
        ("CHEST", Outside.OTHER_REGION),
        ("SKULL", Outside.OTHER_REGION),
        ("L SPINE", Outside.OTHER_REGION),
        ("ABDOMEN", Outside.OTHER_REGION),
        ("HEAD", Outside.OTHER_REGION),
        ("HEAD AND NECK", Outside.OTHER_REGION),
        ("Structure of neck", Outside.OTHER_REGION),
        ("HEAD SKULL", Outside.OTHER_REGION),
        ("Femoral head", None),
        ("FEMORAL NECK", None),
        ("Left radial head", None),
        ("Head of the humerus", None),
        ("大腿骨 HEAD", None),
        ("LEFT", None),
        ("", None),
        ("WRIST", None),
        ("HIP", None),
        ("EXTREMITY", None),
        ("SHOULDER CHEST", None),
        ("UNKNOWNPART", None),
    ],
)
def test_a_body_part_that_is_no_limb_is_a_reason(body_part: str, outside: Outside | None) -> None:
    radiograph = replace(read(dicom(bone())), body_part=body_part)
    assert declared_outside(radiograph, LIMBS) is outside


def test_a_bundle_that_names_no_regions_covers_all() -> None:
    assert declared_outside(read(dicom(bone(), elements={"BodyPartExamined": "CHEST"})), {}) is None


def test_a_colour_picture_is_a_reason_and_a_coloured_corner_is_none() -> None:
    colour = np.zeros((40, 40, 3), np.uint8)
    colour[..., 0] = 180
    corner = np.zeros((40, 40, 3), np.uint8)
    corner[:8, :8, 0] = 180
    assert declared_outside(read(picture(colour, actor=person())), LIMBS) is Outside.COLOUR
    assert declared_outside(read(picture(corner, actor=person())), LIMBS) is None


@pytest.fixture(scope="module")
def predictor(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """The small bundle with a gate for drawn bones."""
    return load_predictor(gated(bundle, tmp_path_factory.mktemp("gated") / "bundle"))


def test_an_outside_image_gets_a_doubt_without_regions_and_a_sample_study_none(predictor: Predictor) -> None:
    radiograph = read(picture(NOISE))
    asked = question(predictor, radiograph)
    [reply, sample] = ask(predictor, [asked, question(predictor, replace(radiograph, synthetic=True))])
    assert (reply.outside, reply.answer, reply.regions) == (Outside.UNLIKE, Answer.DOUBT, ())
    assert (sample.outside, sample.answer) == (None, sample.prediction.answer)


def test_the_reading_tells_the_reason(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(NOISE))
    (tmp_path / "b.png").write_bytes(
        picture(drawn_bone(np.random.default_rng(9), 128, broken=False)[0], actor=person())
    )
    noise, inside = (as_json(each) for each in read_files([tmp_path], predictor=predictor, limits=Limits()))
    assert (noise["outside"], noise["answer"], noise["regions"]) == ("unlike", "doubt", [])
    assert inside["outside"] is None


def test_a_finding_keeps_the_reason_and_the_worklist_and_the_export_show_it(empty_site: Site, pretend: Pretend) -> None:
    site, seen = empty_site, "HEAT, (0, 0), ((1, 2, 3, 4, 0.9),), outside='unlike'"
    site.network = pretend(asked=f"send(sink, [Prediction(0.9, 'fracture', {seen})]); continue")
    [key] = stored(site, film())
    [finding] = analyse_images(site, [key], actor="tester")
    [row] = worklist(site, WorklistFilter(), actor=person()).rows
    case: Case = open_case(site, row.study_key, actor=person("Dr. Test"))
    assert (finding.outside, finding.answer, finding.regions) == (Outside.UNLIKE, Answer.DOUBT, ())
    assert (row.outside, row.answer, row.probability) == (Outside.UNLIKE, Answer.DOUBT, None)
    assert case.finding is not None
    assert case.finding.outside is Outside.UNLIKE
    give_verdict(site, row.study_key, Statement(Opinion.UNCERTAIN), actor=person("Dr. Test"))
    table = export_table(site, ExportOptions(flagged_only=False), actor=person())
    assert dict(zip(table.header, table.rows[0], strict=True))["ai_outside"] == "unlike"


def test_the_chest_is_turned_away_and_hip_and_extremity_are_not(shared_data: Path) -> None:
    """The shipped bundle, on real files whose body part is left out, so that only the picture can tell."""
    shipped = load_predictor(Settings().bundle)
    files = [next((shared_data / "dicom").glob(f"*_RG{number}_J2KI")) for number in (1, 2, 3)]
    asked = [question(shipped, replace(read(path), body_part="")) for path in files]
    assert [reply.outside for reply in ask(shipped, asked)] == [Outside.UNLIKE, None, None]
