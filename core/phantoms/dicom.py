"""Dicom: writes a drawn picture as a valid DX or CR object that says everywhere that it is synthetic."""

import uuid
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

NAMESPACE = uuid.UUID("6f2a4f0e-8a0b-5c39-9c43-5a1b1d0c7e55")
"""Root of the phantoms' UIDs, so that they are the same on every machine."""

MAGNIFIED = 1.05
"""How much larger a limb is on the detector plate than it is, where that was corrected for."""


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window preset in stored values."""

    center: float
    width: float
    name: str
    function: str


@dataclass(frozen=True, slots=True)
class Header:
    """What differs from phantom to phantom."""

    study: int
    instance: int
    description: str
    body_part: str
    laterality: str
    view_position: str
    orientation: tuple[str, str]
    """Where the rows and the columns of the picture lead: PS3.3 C.7.6.1.1.1."""
    modality: str
    bits: int
    spacing: float
    """In mm."""
    inverted: bool
    windows: tuple[VoiWindow, ...]


def uid(name: str) -> str:
    """A UID under 2.25 from a fixed name: PS3.5 B.2, UUID derived UIDs."""
    return f"2.25.{uuid.uuid5(NAMESPACE, name).int}"


def patient_and_study(header: Header) -> Dataset:
    """Patient, General Study and General Series: PS3.3 C.7.1.1, C.7.2.1, C.7.3.1."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = f"SYNTHETIC^Phantom {header.study:02d}"
    ds.PatientID = f"SYNTHETIC-{header.study:02d}"
    ds.PatientBirthDate = ds.PatientSex = ds.ReferringPhysicianName = ds.AccessionNumber = ""
    ds.StudyInstanceUID = uid(f"study {header.study}")
    ds.SeriesInstanceUID = uid(f"series {header.study}")
    ds.StudyDate, ds.StudyTime, ds.StudyID = "20260101", f"{8 + header.study:02d}0000", str(header.study)
    ds.StudyDescription = header.description
    ds.SeriesNumber, ds.InstanceNumber = 1, header.instance
    ds.Modality, ds.BodyPartExamined = header.modality, header.body_part
    return ds


def image(ds: Dataset, header: Header) -> None:
    """Equipment, General Image and SOP Common with Synthetic Data (0008,001C): PS3.3 C.7.5.1, C.7.6.1, C.12.1."""
    ds.Manufacturer = "Lucency (drawn by a program)"
    ds.ManufacturerModelName = "Phantom"
    ds.SyntheticData = "YES"
    ds.BurnedInAnnotation = "YES"
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.ViewPosition = header.view_position
    ds.PatientOrientation = list(header.orientation)
    ds.ImageComments = "SYNTHETIC: a drawing, not a patient"


def only_dx(ds: Dataset, header: Header) -> None:
    """DX Series, DX Anatomy Imaged, DX Image, DX Detector: PS3.3 C.8.11.1 to C.8.11.4."""
    ds.SOPClassUID = DigitalXRayImageStorageForPresentation
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.ImageLaterality = header.laterality
    ds.AnatomicRegionSequence = ds.AcquisitionContextSequence = Sequence([])
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", 1 if header.inverted else -1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "US"
    ds.PresentationLUTShape, ds.LossyImageCompression = "INVERSE" if header.inverted else "IDENTITY", "00"
    ds.DetectorType, ds.PositionerType = "DIRECT", ""
    ds.ImagerPixelSpacing = [header.spacing, header.spacing]


def only_cr(ds: Dataset, header: Header) -> None:
    """CR Series and CR Image: PS3.3 C.8.1.1, C.8.1.2."""
    ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.Laterality = header.laterality
    ds.PixelSpacing, ds.PixelSpacingCalibrationType = [header.spacing, header.spacing], "GEOMETRY"
    ds.ImagerPixelSpacing = [round(header.spacing * MAGNIFIED, 4)] * 2


def pixels(ds: Dataset, values: NDArray[np.uint16], header: Header) -> None:
    """Image Pixel and VOI LUT: PS3.3 C.7.6.3, C.11.2."""
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.PhotometricInterpretation = "MONOCHROME1" if header.inverted else "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, header.bits, header.bits - 1
    ds.WindowCenter = [w.center for w in header.windows]
    ds.WindowWidth = [w.width for w in header.windows]
    ds.WindowCenterWidthExplanation = [w.name for w in header.windows]
    ds.VOILUTFunction = header.windows[0].function
    ds.PixelData = values.astype("<u2").tobytes()


def encode(values: NDArray[np.uint16], header: Header) -> bytes:
    """`values` (rows, columns) as a DICOM file, Explicit VR Little Endian: PS3.10 7.1."""
    ds = patient_and_study(header)
    image(ds, header)
    (only_cr if header.modality == "CR" else only_dx)(ds, header)
    pixels(ds, values, header)
    ds.SOPInstanceUID = uid(f"instance {header.study} {header.instance}")
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = uid("implementation")
    ds.file_meta.ImplementationVersionName = "LUCENCY_PHANTOM"
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
