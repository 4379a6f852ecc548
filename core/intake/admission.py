"""Admission: lets radiographs in and refuses every other DICOM object with the reason."""

from core.errors import CorruptFile, NoPixels, UnsupportedEncoding, WrongModality
from core.intake.dataset import Parsed, PixelElement
from core.intake.header import Header

RADIOGRAPHS = ("CR", "DX", "RG")
"""Modality (0008,0060), PS3.3 C.7.3.1.1.1: computed, digital and film radiography."""

_FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.1.1"
_BY_SOP_CLASS = {  # PS3.4 B.5
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    _FOR_PROCESSING: "DX",
}
_EXPECTED_CLASSES = (*_BY_SOP_CLASS, "1.2.840.10008.5.1.4.1.1.7")
_OBJECTS = {
    "1.2.840.10008.1.3.10": "a DICOMDIR: an index; the files it lists are read by themselves",
    "1.2.840.10008.5.1.4.1.1.9": "a waveform",
    "1.2.840.10008.5.1.4.1.1.11": "a presentation state",
    "1.2.840.10008.5.1.4.1.1.66": "a segmentation or registration",
    "1.2.840.10008.5.1.4.1.1.88": "a structured report",
    "1.2.840.10008.5.1.4.1.1.104": "an encapsulated document",
    "1.2.840.10008.5.1.4.1.1.481": "a radiotherapy object",
    "1.2.840.10008.5.1.4.39": "a colour palette",
    "1.2.840.10008.5.1.4.1.1.88.59": "a key object selection",
}
_MODALITIES = {
    "CT": "computed tomography",
    "MR": "magnetic resonance",
    "US": "ultrasound",
    "NM": "nuclear medicine",
    "PT": "positron emission tomography",
    "XA": "angiography",
    "RF": "fluoroscopy",
    "MG": "mammography",
    "IO": "intra-oral radiography",
    "PX": "panoramic dental radiography",
    "OT": "other",
    "SC": "secondary capture",
    "RTIMAGE": "a radiotherapy image",
    "RTDOSE": "a radiotherapy dose",
    "SEG": "a segmentation",
    "ES": "endoscopy",
    "XC": "photography",
    "SM": "slide microscopy",
    "OP": "ophthalmic photography",
    "BMD": "bone densitometry",
}
_WAY_OUT = "Send the radiograph itself (CR, DX or RG)."


def admit(parsed: Parsed) -> str:
    """The modality of a radiograph.

    Raises NoPixels for objects without an image, WrongModality for images of another modality, CorruptFile when the
    file ends before its image, UnsupportedEncoding for floating-point pixels.
    """
    header = parsed.header
    if header.has("DirectoryRecordSequence"):
        raise NoPixels(f"This is {_OBJECTS['1.2.840.10008.1.3.10']}.")
    modality = header.code("Modality") or _modality_of_class(header)
    if parsed.pixels is None or len(parsed.pixels.data) == 0:
        raise _without_pixels(parsed, modality)
    if modality not in RADIOGRAPHS:
        raise WrongModality(_wrong(modality))
    _check_kind(parsed.pixels, header)
    return modality


def _modality_of_class(header: Header) -> str:
    modality = _BY_SOP_CLASS.get(header.text("SOPClassUID"), "")
    if modality:
        header.notes.add("Modality is missing; it was taken from the SOP class.")
    return modality


def _without_pixels(parsed: Parsed, modality: str) -> CorruptFile | NoPixels:
    header = parsed.header
    name = _object_name(header.text("SOPClassUID"))
    if not parsed.complete and not name and modality in (*RADIOGRAPHS, ""):
        return CorruptFile("The file ends before its image. Send or export it again.")
    what = f"This is {name}" if name else "This DICOM file"
    return NoPixels(f"{what} {'without' if name else 'holds no'} image. {_WAY_OUT}")


def _object_name(uid: str) -> str:
    matches = [root for root in _OBJECTS if uid == root or uid.startswith(f"{root}.")]
    return _OBJECTS[max(matches, key=len)] if matches else ""


def _wrong(modality: str) -> str:
    if not modality:
        return f"The file does not say that it is a radiograph: Modality is empty. {_WAY_OUT}"
    name = _MODALITIES.get(modality)
    if name:
        return f"The image is {modality} ({name}), not a radiograph. {_WAY_OUT}"
    return f"The image is of another modality, not a radiograph. {_WAY_OUT}"


def _check_kind(pixels: PixelElement, header: Header) -> None:
    if pixels.keyword != "PixelData":  # PS3.3 C.7.6.24
        raise UnsupportedEncoding("The pixels are floating-point numbers, which no radiograph uses. Send the original.")
    uid = header.text("SOPClassUID")
    if uid == _FOR_PROCESSING or header.code("PresentationIntentType") == "FOR PROCESSING":  # PS3.3 C.8.11.1
        header.notes.add("Raw detector image (For Processing): it looks different from the image meant for reading.")
    if not any(uid == known or uid.startswith(f"{known}.") for known in _EXPECTED_CLASSES):
        header.notes.add("The SOP class is not one of a radiograph; the modality says it is.")
