"""Analysing: a finding for each image, one graph call a batch, failures kept beside."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import BundleUnavailable, DecoderUnavailable, NotFound
from core.records import Answer, Image, Status, WorklistFilter
from core.services.analyse import analyse_chunk, analyse_images, analyse_pending, prepared
from core.services.asking import BATCH, Question
from core.services.review import failed_analyses, open_case
from core.services.site import Site
from core.services.triage import worklist
from core.store import audit, failures, images
from tests.core.conftest import Pretend
from tests.core.services.films import film, stored, take_in
from tests.factories import JPEG_2000_LOSSLESS, JPEG_LS, RLE, bone
from tests.people import person


def test_a_finding_says_what_the_network_said(site: Site) -> None:
    [key] = stored(site, film())
    [finding] = analyse_images(site, [key], actor="tester")
    assert finding.image_key == key
    assert finding.bundle == site.predictor.bundle_id
    assert 0 <= finding.probability <= 1
    assert finding.answer in Answer
    assert finding.seconds > 0
    assert 0 <= finding.peak[0] < 90
    assert 0 <= finding.peak[1] < 121
    site.settings = site.settings.model_copy(update={"read_first": False})
    row = worklist(site, WorklistFilter(), actor=person()).rows[0]
    assert (row.status, row.answer, row.probability) == (Status.UNREAD, finding.answer, finding.probability)


def test_the_heat_map_is_a_grey_png_of_the_image_s_shape(site: Site) -> None:
    [key] = stored(site, film(pixels=bone(400, 200)))
    [finding] = analyse_images(site, [key], actor="tester")
    heat = cv2.imdecode(np.frombuffer(site.blobs.get(finding.heat_map_sha256), np.uint8), cv2.IMREAD_UNCHANGED)
    assert heat is not None
    assert heat.dtype == np.uint8
    assert heat.ndim == 2
    assert max(heat.shape) <= 128
    assert heat.shape[0] == pytest.approx(2 * heat.shape[1], abs=2)


def test_the_network_sees_true_proportions_and_answers_in_pixels_of_the_file(site: Site) -> None:
    [key] = stored(site, film(pixels=bone(200, 200), ImagerPixelSpacing=[0.4, 0.2]))
    with site.database.reading() as session:
        asked = prepared(site, site.predictor, images.get(session, key))
    assert isinstance(asked, Question)
    assert asked.prepared.geometry.aspect == 2
    assert not asked.prepared.image[:, :8].any(), "twice as high as wide: black beside it"
    [finding] = analyse_images(site, [key], actor="tester")
    heat = cv2.imdecode(np.frombuffer(site.blobs.get(finding.heat_map_sha256), np.uint8), cv2.IMREAD_UNCHANGED)
    assert heat is not None
    assert heat.shape == (128, 128)


def test_an_image_is_asked_about_once_for_each_bundle(site: Site) -> None:
    keys = stored(site, film(1), film(2))
    assert len(analyse_images(site, keys, actor="tester")) == 2
    assert analyse_images(site, keys, actor="tester") == []
    assert list(analyse_pending(site, actor="tester")) == []


def test_all_that_wait_are_asked_about_oldest_first(site: Site) -> None:
    keys = stored(site, *(film(number, study=number) for number in range(5)))
    analyse_images(site, keys[2:3], actor="tester")
    assert [finding.image_key for finding in analyse_pending(site, actor="tester")] == [keys[i] for i in (0, 1, 3, 4)]


def test_one_graph_call_answers_for_a_batch(site: Site, pretend: Pretend, tmp_path: Path) -> None:
    keys = stored(site, *(film(number, study=number) for number in range(BATCH + 3)))
    counts = tmp_path / "counts"
    site.network = pretend(asked=f"with open({str(counts)!r}, 'a') as file: file.write(f'{{len(asked)}} ')")
    assert len(analyse_images(site, keys, actor="tester")) == BATCH + 3
    assert counts.read_text() == f"{BATCH} 3 "


def test_an_image_that_cannot_be_decoded_is_kept_as_a_failure_and_others_go_on(site: Site) -> None:
    keys = stored(site, film(1), film(2), film(3))
    with site.database.reading() as session:
        damaged = images.get(session, keys[1])
    site.blobs.path(damaged.sha256).write_bytes(b"rotten")
    site.incoming.forget()
    found = analyse_images(site, keys, actor="tester")
    assert [finding.image_key for finding in found] == [keys[0], keys[2]]
    [failure] = failed_analyses(site, damaged.study_key, actor=person())
    assert (failure.image_key, failure.error_class) == (keys[1], "BlobDamaged")
    assert list(analyse_pending(site, actor="tester")) == [], "a failure is not tried again and again"
    with site.database.reading() as session:
        entries = audit.find(session, action="analyse")
    assert [f"{e.subject} {e.outcome.split(':')[0]}" for e in reversed(entries)] == [
        f"image:{keys[1]} failed",
        f"image:{keys[0]} finding",
        f"image:{keys[2]} finding",
    ]


def test_the_four_lossless_encodings_get_the_same_answer(site: Site) -> None:
    films = [
        film(1, study=n, syntax=s, SOPInstanceUID=f"1.2.{n}")
        for n, s in enumerate((RLE, JPEG_LS, JPEG_2000_LOSSLESS), 2)
    ]
    keys = stored(site, film(1), *films)
    assert len({finding.probability for finding in analyse_images(site, keys, actor="tester")}) == 1


def test_without_a_network_nothing_is_stored_and_it_is_said(empty_site: Site) -> None:
    study = take_in(empty_site, film()).study_key or 0
    with pytest.raises(BundleUnavailable):
        analyse_images(empty_site, [1], actor="tester")
    case = open_case(empty_site, study, actor=person("Dr. A"))
    assert case.findings == ()
    assert failed_analyses(empty_site, study, actor=person()) == ()


def test_an_image_that_is_not_there(site: Site) -> None:
    with pytest.raises(NotFound):
        analyse_images(site, [77], actor="tester")


DEADLY = 122
"""Rows of film 2."""


def kept_failures(site: Site, keys: list[int]) -> list[tuple[int, str]]:
    """Image and class of every failure of the studies of these images."""
    with site.database.reading() as session:
        found = {images.get(session, key).study_key for key in keys}
        return [(each.image_key, each.error_class) for key in sorted(found) for each in failures.of_study(session, key)]


def test_an_image_the_network_dies_of_is_kept_as_a_failure_and_those_behind_it_are_asked(
    site: Site, pretend: Pretend
) -> None:
    keys = stored(site, *(film(number, study=number) for number in range(1, 5)))
    site.network = pretend(asked=f"if {DEADLY} in rows: os._exit(1)")
    assert [found.image_key for found in analyse_pending(site, actor="tester")] == [keys[0], *keys[2:]]
    assert kept_failures(site, keys) == [(keys[1], "NetworkFailed")]
    assert list(analyse_pending(site, actor="tester")) == [], "it is not tried again and again"


def test_a_process_that_dies_once_costs_no_image_its_answer(site: Site, pretend: Pretend) -> None:
    keys = stored(site, film(1), film(2))
    site.network = pretend(asked="if starts == 1: os._exit(1)")
    assert [found.image_key for found in analyse_pending(site, actor="tester")] == keys
    assert kept_failures(site, keys) == []


@pytest.mark.parametrize(
    ("loading", "asked"),
    [
        ("", "os._exit(1)"),
        ("", "send(sink, Failed('The network failed on these images (X).')); continue"),
        ("if starts > 1: sys.exit(1)", "os._exit(1)"),
    ],
    ids=["dies of all", "fails on all", "does not load again"],
)
def test_a_network_that_fails_on_everything_is_no_image_s_fault(
    site: Site, pretend: Pretend, loading: str, asked: str
) -> None:
    keys = stored(site, film(1), film(2))
    with site.database.reading() as session:
        damaged = images.get(session, keys[1])
    site.blobs.path(damaged.sha256).write_bytes(b"rotten")
    site.incoming.forget()
    site.network = pretend(loading=loading, asked=asked)
    with pytest.raises(BundleUnavailable):
        list(analyse_pending(site, actor="tester"))
    assert kept_failures(site, keys) == [], "nor is what cannot be read told again at every try"


def test_a_network_closed_meanwhile_is_no_image_s_fault(site: Site, pretend: Pretend) -> None:
    keys = stored(site, film(1))
    site.network = pretend()
    _ = site.predictor
    site.network.close()
    with pytest.raises(BundleUnavailable, match="closed"):
        list(analyse_pending(site, actor="tester"))
    assert kept_failures(site, keys) == []


def test_a_decoder_that_does_not_start_is_no_image_s_fault(
    site: Site, pretend: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = stored(site, film(1))
    site.network = pretend()

    def unavailable(*given: object) -> None:
        raise DecoderUnavailable("none")

    monkeypatch.setattr(site.incoming, "stored", unavailable)
    with pytest.raises(DecoderUnavailable):
        list(analyse_pending(site, actor="tester"))
    assert kept_failures(site, keys) == []


def test_files_that_are_not_there_are_no_image_s_fault_and_asked_about_once_they_are(
    site: Site, pretend: Pretend
) -> None:
    keys = stored(site, *(film(number, study=number) for number in range(1, BATCH + 2)))
    site.network = pretend()
    site.incoming.forget()
    folder, elsewhere = site.blobs.folder, site.blobs.folder.with_name("not mounted")
    folder.rename(elsewhere)
    assert list(analyse_pending(site, actor="tester")) == []
    assert analyse_images(site, keys, actor="tester") == []
    assert kept_failures(site, keys) == []
    elsewhere.rename(folder)
    site.blobs.path(images_of(site, keys)[0].sha256).rename(folder / "one file")
    assert [found.image_key for found in analyse_pending(site, actor="tester")] == keys[1:]
    (folder / "one file").rename(folder / images_of(site, keys)[0].sha256[:2] / images_of(site, keys)[0].sha256)
    assert [found.image_key for found in analyse_pending(site, actor="tester")] == keys[:1]


def images_of(site: Site, keys: list[int]) -> list[Image]:
    with site.database.reading() as session:
        return [images.get(session, key) for key in keys]


def test_what_two_asked_at_once_is_audited_once(site: Site, pretend: Pretend) -> None:
    [key] = stored(site, film(1))
    site.network = pretend()
    with site.database.reading() as session:
        image = images.get(session, key)
    first, second = (analyse_chunk(site, [image], actor="tester") for _ in range(2))
    assert first == second
    with site.database.reading() as session:
        assert len(audit.find(session, action="analyse")) == 1
