"""Mutated files: whatever comes in, a radiograph or an IntakeError comes out, in bounded time."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import IntakeError
from core.intake.grayscale import render
from core.intake.reader import read_frames
from core.intake.sandbox import Sandbox
from core.settings import Limits
from tests import factories as make

LIMITS = Limits(pixels=4_000_000, decode_seconds=10)
CASES = 30
"""Mutations of each file."""
SYNTAXES = [make.IMPLICIT, make.DEFLATED, make.BIG_ENDIAN, *make.ENCODERS]
PICTURES = ["PNG", "JPEG", "TIFF", "BMP"]
REAL = ["446803e2_RG3_JPLL", "4d3b7469_RG3_JLSL", "6d63f282_RG3_RLE", "c90c915c_RG3_J2KI", "f26b5ef7_RG3_JPLY"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as shared:
        yield shared


def flip(data: bytearray, random: Random) -> None:
    for _ in range(random.choice([1, 3, 10, 60])):
        data[random.randrange(len(data))] = random.randrange(256)


def flip_header(data: bytearray, random: Random) -> None:
    for _ in range(random.choice([1, 2, 5])):
        data[random.randrange(min(len(data), 1200))] = random.choice([0, 1, 127, 128, 255, random.randrange(256)])


def cut(data: bytearray, random: Random) -> None:
    del data[random.randrange(len(data)) :]


def remove(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data))
    del data[start : start + random.choice([1, 2, 8, 100])]


def repeat(data: bytearray, random: Random) -> None:
    start = random.randrange(len(data))
    data[start:start] = data[start : start + random.choice([1, 8, 500])]


MUTATIONS = [flip, flip_header, cut, remove, repeat]


def attack(sandbox: Sandbox, data: bytes, seed: str, cases: int) -> None:
    random = Random(seed)
    for _ in range(cases):
        mutant = bytearray(data)
        random.choice(MUTATIONS)(mutant, random)
        started = time.monotonic()
        with suppress(IntakeError):
            frames = sandbox.read_frames(bytes(mutant))
            assert all(frame.pixels.ndim == 2 for frame in frames)
        assert time.monotonic() - started < LIMITS.decode_seconds + 60


@pytest.mark.parametrize("transfer_syntax", SYNTAXES)
def test_dicom(sandbox: Sandbox, transfer_syntax: str) -> None:
    bits = 8 if transfer_syntax == make.JPEG_BASELINE else 12
    data = make.dicom(
        make.bone(bits=bits), transfer_syntax=transfer_syntax, elements={"WindowCenter": 9, "WindowWidth": 99}
    )
    attack(sandbox, data, transfer_syntax, CASES)


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures(sandbox: Sandbox, kind: str) -> None:
    attack(sandbox, make.picture(make.bone(bits=8), kind), kind, CASES)


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_real_radiographs(sandbox: Sandbox, shared_data: Path, name: str) -> None:
    attack(sandbox, (shared_data / "dicom" / name).read_bytes(), name, 8)


words = st.one_of(st.none(), st.sampled_from([0, 1, 8, 12, 16, 24, 32]), st.integers(0, 65535))
headers = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"), words),
        **dict.fromkeys(("SamplesPerPixel", "PlanarConfiguration"), words),
        "PhotometricInterpretation": st.sampled_from(
            [None, "RGB", "YBR_FULL_422", "PALETTE COLOR", "MONOCHROME1", "?"]
        ),
        "NumberOfFrames": st.sampled_from([None, "0", "1", "2", "-3", "99999999"]),
        "PixelRepresentation": st.integers(0, 2),
        "PixelPaddingValue": st.integers(0, 32767),
        "RescaleSlope": st.sampled_from([None, "0", "-1", "1e308", "1e-300"]),
        "RescaleIntercept": st.sampled_from([None, "-1024", "1e308"]),
        "WindowCenter": st.sampled_from([None, "1\\2\\3", "-1e9", ""]),
        "WindowWidth": st.sampled_from([None, "1\\2", "0", "1e-30"]),
    },
)


@settings(deadline=None, max_examples=150)
@given(elements=headers, transfer_syntax=st.sampled_from([make.EXPLICIT, make.RLE, make.JPEG_LOSSLESS_SV1]))
def test_headers(elements: dict[str, object], transfer_syntax: str) -> None:
    """Any combination of attributes gives a radiograph or a typed error, here without the sandbox's help."""
    with suppress(IntakeError):
        (radiograph, *_) = read_frames(make.dicom(transfer_syntax=transfer_syntax, elements=elements), limits=LIMITS)
        assert render(radiograph).shape == radiograph.pixels.shape
