"""The phantoms: valid DICOM, the same at every call, and marked as synthetic wherever one may look."""

import hashlib
from io import BytesIO

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation

from core.phantoms.drawing import MARKED
from core.phantoms.samples import SAMPLES, limb_of, picture_file, sample_files

pytestmark = pytest.mark.xdist_group("phantoms")

Files = dict[str, pydicom.FileDataset]


@pytest.fixture(scope="module")
def files() -> Files:
    return {name: pydicom.dcmread(BytesIO(data)) for name, data in sample_files()}


def brightness(ds: pydicom.FileDataset) -> NDArray[np.float64]:
    """0 black to 1 white."""
    values = ds.pixel_array / (2**ds.BitsStored - 1)
    return np.asarray(1 - values if ds.PhotometricInterpretation == "MONOCHROME1" else values)


def test_every_file_says_everywhere_that_it_is_synthetic(files: Files) -> None:
    for number, (name, ds) in enumerate(files.items()):
        assert name.startswith("SYNTHETIC-"), number
        assert str(ds.PatientName).startswith("SYNTHETIC^Phantom ")
        assert ds.PatientID.startswith("SYNTHETIC-")
        assert ds.SyntheticData == "YES"
        assert ds.BurnedInAnnotation == "YES"


def test_the_word_is_burnt_into_the_corner(files: Files) -> None:
    assert MARKED == "SYNTHETIC"
    for ds in files.values():
        picture = brightness(ds)
        corner = picture[-110:-30, 30 : 30 + 220]
        letters = corner > 0.9
        assert 0.05 < letters.mean() < 0.4
        assert letters.any(axis=0).mean() > 0.5, "letters along the whole corner"


def test_pixels_fit_their_declared_bits(files: Files) -> None:
    for ds in files.values():
        assert ds.pixel_array.max() < 2**ds.BitsStored
        assert ds.pixel_array.shape == (ds.Rows, ds.Columns)
        assert len(ds.PixelData) == 2 * ds.Rows * ds.Columns


def test_the_margin_is_black_and_bone_is_brighter_than_flesh(files: Files) -> None:
    for ds in files.values():
        picture = brightness(ds)
        assert picture[:12].max() < 0.05
        assert np.percentile(picture, 99) > 0.75
        assert 0.1 < np.median(picture[40:-120, 40:-40]) < 0.7


def test_what_the_set_covers(files: Files) -> None:
    everything = list(files.values())
    assert len({ds.StudyInstanceUID for ds in everything}) == len(SAMPLES) == 6
    assert (
        max(sum(ds.StudyInstanceUID == s for ds in everything) for s in {d.StudyInstanceUID for d in everything}) == 2
    )
    assert {ds.SOPClassUID for ds in everything} == {
        DigitalXRayImageStorageForPresentation,
        ComputedRadiographyImageStorage,
    }
    assert {ds.PhotometricInterpretation for ds in everything} == {"MONOCHROME1", "MONOCHROME2"}
    assert {int(ds.BitsStored) for ds in everything} >= {10, 12, 14, 16}
    assert {ds.get("ImageLaterality") or ds.Laterality for ds in everything} == {"L", "R"}
    assert sum("PixelSpacing" in ds for ds in everything) >= 1
    assert all("ImagerPixelSpacing" in ds for ds in everything)


def test_identity_is_fixed_unique_and_under_the_uuid_root(files: Files) -> None:
    uids = [ds.SOPInstanceUID for ds in files.values()]
    assert len(set(uids)) == len(uids)
    assert all(uid.startswith("2.25.") and uid.is_valid for uid in uids)
    assert all(ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID for ds in files.values())


def test_the_same_bytes_at_every_call() -> None:
    sample = SAMPLES[0]
    digests = {hashlib.sha256(picture_file(sample, 1)).hexdigest() for _ in range(2)}
    assert len(digests) == 1


def test_a_break_moves_the_fragment_it_names_and_nothing_else() -> None:
    view = SAMPLES[0].views[0]
    broken, whole = limb_of(view, laterality="R"), limb_of(view, laterality="L").mirrored()
    assert broken.bones["radius"].fracture is not None
    assert broken.bones["ulna"].fracture is None
    assert broken.bones["ulna"].start == pytest.approx(whole.bones["ulna"].start)


def test_window_presets_lie_within_the_stored_range(files: Files) -> None:
    for ds in files.values():
        for center, width in zip(ds.WindowCenter, ds.WindowWidth, strict=True):
            assert 0 < center < 2**ds.BitsStored
            assert 1 < width <= 2**ds.BitsStored
