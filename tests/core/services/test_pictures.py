"""Pictures for the viewer: the file's own values, quick previews, and a layer that covers the image."""

import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from core.errors import BlobDamaged, NotAllowed, NotFound
from core.intake.reader import read
from core.rights import Role
from core.services.analyse import analyse_images
from core.services.ingest import ingest_bytes
from core.services.pictures import fitted, images_of, overlay_png, picture, prefetch, preview_png, sendable
from core.services.previews import as_png
from core.services.site import Site
from core.store import images
from tests.core.full_disk import full_disk
from tests.core.services.films import film, stored, take_in
from tests.factories import bone, dicom, lut_item, ramp, with_overlay
from tests.factories import picture as raster
from tests.people import person


def decoded(png: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG as they stand in it."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)


def test_real_pixels_arrive_as_they_are_in_the_file(empty_site: Site, shared_data: Path) -> None:
    path = next((shared_data / "dicom").glob("*_RG3_JPLL"))
    sent = picture(empty_site, take_in(empty_site, path.read_bytes()).image_key or 0, actor=person())
    original = read(path)
    assert sent.dtype in ("uint8", "uint16", "int16")
    assert (sent.rows, sent.columns) == original.pixels.shape
    assert np.array_equal(sent.pixels * sent.slope + sent.intercept, original.pixels)
    assert sent.pixels.dtype.newbyteorder("=") == sent.pixels.dtype
    assert sent.pixels.flags.c_contiguous
    assert not sent.pixels.flags.writeable
    assert len(sent.presets) == max(len(original.voi), 1)


def test_the_file_s_windows_are_the_presets_in_their_order(empty_site: Site) -> None:
    data = film(
        WindowCenter=[2000, 900.5],
        WindowWidth=[4000, 1200],
        WindowCenterWidthExplanation=["Standard", "Bone"],
        VOILUTFunction="SIGMOID",
    )
    sent = picture(empty_site, take_in(empty_site, data).image_key or 0, actor=person())
    assert [(p.name, p.center, p.width, p.function) for p in sent.presets] == [
        ("Standard", 2000, 4000, "SIGMOID"),
        ("Bone", 900.5, 1200, "SIGMOID"),
    ]
    assert all(preset.lut is None for preset in sent.presets)


def test_what_the_file_draws_goes_beside_the_pixels_and_into_no_preview(empty_site: Site) -> None:
    lines = np.eye(122, 90, dtype=bool)
    image = take_in(empty_site, with_overlay(film(2), lines)).image_key or 0
    sent = picture(empty_site, image, actor=person())
    assert sent.graphics is not None
    np.testing.assert_array_equal(np.unpackbits(sent.graphics, axis=1, count=90), lines)
    np.testing.assert_array_equal(sent.pixels, read(film(2)).pixels)
    assert preview_png(empty_site, image, actor=person()) == as_png(read(film(2)))
    plain = take_in(empty_site, film(3, study=2)).image_key or 0
    assert picture(empty_site, plain, actor=person()).graphics is None


def test_a_look_up_table_is_a_preset_too(empty_site: Site) -> None:
    data = film(VOILUTSequence=[lut_item([0, 10, 200, 255], first=5, bits=8, explanation="Harder")])
    [preset] = picture(empty_site, take_in(empty_site, data).image_key or 0, actor=person()).presets
    assert (preset.name, preset.function, preset.lut, preset.first_mapped, preset.lut_bits) == (
        "Harder", "LUT", (0, 10, 200, 255), 5, 8,
    )  # fmt: skip
    assert (preset.center, preset.width) == (6.5, 4)


def test_without_presets_the_whole_range_is_one(empty_site: Site) -> None:
    sent = picture(empty_site, take_in(empty_site, film()).image_key or 0, actor=person())
    assert [preset.name for preset in sent.presets] == ["Full range"]
    assert sent.presets[0].width > 0


def test_monochrome1_keeps_its_values_and_says_so(empty_site: Site) -> None:
    data = dicom(ramp(), photometric="MONOCHROME1")
    [receipt] = ingest_bytes(empty_site, "one.dcm", data, actor="tester")
    sent = picture(empty_site, receipt.image_key or 0, actor=person())
    assert sent.inverted
    assert np.array_equal(sent.pixels, ramp())
    shown = decoded(preview_png(empty_site, receipt.image_key or 0, actor=person()))
    assert shown[0, 0] > shown[-1, -1], "low values are bright"


@given(
    arrays.arrays(
        st.sampled_from([np.int8, np.int32, np.int64, np.float32]),
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
        elements={"min_value": -100, "max_value": 100},
    )
)
def test_any_values_fit_in_16_bits(pixels: NDArray[np.generic]) -> None:
    sent, slope, intercept = sendable(pixels)
    assert sent.dtype in (np.uint8, np.uint16, np.int16)
    values = pixels.astype(np.float64)
    assert np.abs(sent.astype(np.float64) * slope + intercept - values).max() <= np.ptp(values) / 65535 + 1e-9


def test_whole_numbers_that_fit_are_sent_exactly() -> None:
    sent, slope, intercept = sendable(np.array([[-3000, 3000]], np.int32))
    assert (sent.dtype.name, slope, intercept, sent.tolist()) == ("int16", 1.0, 0.0, [[-3000, 3000]])


def test_wide_numbers_are_spread() -> None:
    values = np.array([[0, 70_000], [35_000, 140_000]], np.uint32)
    sent, slope, intercept = sendable(values)
    assert np.abs(sent * slope + intercept - values).max() <= slope / 2


def test_previews_are_small_and_at_hand_after_the_import(empty_site: Site) -> None:
    receipt = take_in(empty_site, film(pixels=bone(2000, 1500)))
    key = receipt.image_key or 0
    empty_site.viewing.forget()
    empty_site.blobs.path(receipt.sha256).unlink()
    assert decoded(preview_png(empty_site, key, actor=person())).shape == (1024, 768), (
        "drawn at the import: no decoding is needed"
    )


def test_a_preview_that_was_lost_is_drawn_again(empty_site: Site) -> None:
    [key] = stored(empty_site, film())
    before = preview_png(empty_site, key, actor=person())
    for file in empty_site.settings.data_dir.glob("previews-*/*/*.png"):
        file.unlink()
    assert preview_png(empty_site, key, actor=person()) == before
    assert len(list(empty_site.settings.data_dir.glob("previews-*/*/*.png"))) == 1


def kept(site: Site) -> dict[str, int]:
    """Suffix and mode of all that lies among the previews, folders too."""
    files = site.settings.data_dir.glob("previews-*/**/*")
    folders = site.settings.data_dir.glob("previews-*")
    return {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in (*folders, *files)}


def test_previews_are_their_owner_s_only_and_a_full_disk_is_not_made_fuller(empty_site: Site) -> None:
    key = take_in(empty_site, film()).image_key or 0
    assert kept(empty_site) == {"": 0o700, ".png": 0o600}
    for file in empty_site.settings.data_dir.glob("previews-*/*/*.png"):
        file.unlink()
    with full_disk(100):
        assert decoded(preview_png(empty_site, key, actor=person())).shape == (121, 90)
    assert set(kept(empty_site)) == {""}


@pytest.mark.parametrize(
    ("spacing", "shape"), [([0.2, 0.1], (120, 45)), ([0.1, 0.15], (80, 90)), ([0.1, 0.1], (120, 90))]
)
def test_a_preview_has_true_proportions(empty_site: Site, spacing: list[float], shape: tuple[int, int]) -> None:
    data = film(pixels=bone(120, 90), ImagerPixelSpacing=spacing)
    image = take_in(empty_site, data).image_key or 0
    assert decoded(preview_png(empty_site, image, actor=person())).shape == shape
    with empty_site.database.reading() as session:
        assert images.get(session, image).pixel_aspect == pytest.approx(spacing[0] / spacing[1])


def test_a_preview_is_never_larger_than_the_original(empty_site: Site) -> None:
    [receipt] = ingest_bytes(empty_site, "tiny.png", raster(ramp(20, 30, bits=8)), actor="tester")
    assert decoded(preview_png(empty_site, receipt.image_key or 0, actor=person())).shape == (20, 30)


def test_the_overlay_is_a_layer_in_the_image_s_shape(site: Site) -> None:
    [key] = stored(site, film(pixels=bone(1200, 600)))
    analyse_images(site, [key], actor="tester")
    layer = decoded(overlay_png(site, key, actor=person()))
    assert layer.shape == (512, 256, 4)


def test_without_a_finding_there_is_no_overlay(empty_site: Site) -> None:
    [key] = stored(empty_site, film())
    with pytest.raises(NotFound):
        overlay_png(empty_site, key, actor=person())


def test_an_image_that_is_not_there(empty_site: Site) -> None:
    for ask in (picture, preview_png, overlay_png):
        with pytest.raises(NotFound):
            ask(empty_site, 12345, actor=person())


def test_who_keeps_the_accounts_sees_no_picture(empty_site: Site) -> None:
    [key] = stored(empty_site, film())
    for ask in (picture, preview_png, overlay_png, images_of, prefetch):
        with pytest.raises(NotAllowed):
            ask(empty_site, key, actor=person("Dr. Admin", Role.ADMIN))


def test_prefetched_pictures_need_no_file_and_a_damaged_one_is_left_for_later(empty_site: Site) -> None:
    keys = stored(empty_site, film(1), film(2))
    with empty_site.database.reading() as session:
        first, second = (images.get(session, key) for key in keys)
    empty_site.blobs.path(second.sha256).write_bytes(b"rotten")
    empty_site.viewing.forget()
    prefetch(empty_site, first.study_key, actor=person())
    empty_site.blobs.path(first.sha256).unlink()
    assert picture(empty_site, keys[0], actor=person()).rows == first.rows
    with pytest.raises(BlobDamaged):
        picture(empty_site, keys[1], actor=person())


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 600))
def test_fitted_sizes_keep_the_shape(rows: int, columns: int, side: int) -> None:
    height, width = fitted(rows, columns, side)
    assert 1 <= height <= rows
    assert 1 <= width <= columns
    assert max(height, width) == min(side, max(rows, columns))
