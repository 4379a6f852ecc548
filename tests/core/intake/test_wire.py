"""Messages between the worker and its owner, and the loop that answers them."""

import io
import struct

import numpy as np
import pytest

from core.errors import CorruptFile, WrongModality
from core.intake.reader import read_frames
from core.intake.wire import Closed, pack_error, pack_frames, receive, send, unpack
from core.intake.worker import answer, serve
from core.settings import Limits
from tests import factories as make


def test_messages_are_whole_or_closed() -> None:
    stream = io.BytesIO()
    send(stream, [b"one", b"", b"three"])
    whole = stream.getvalue()
    assert receive(io.BytesIO(whole)) == [b"one", b"", b"three"]
    for cut in range(len(whole)):
        with pytest.raises(Closed):
            receive(io.BytesIO(whole[:cut]))


def test_closed_stream() -> None:
    stream = io.BytesIO()
    stream.close()
    with pytest.raises(Closed):
        send(stream, [b"x"])
    with pytest.raises(Closed):
        receive(stream)


def test_graphics_come_through() -> None:
    frames = read_frames(make.with_overlay(make.dicom(), np.eye(24, 32)))
    arrived = unpack([bytearray(bytes(part)) for part in pack_frames(frames)])
    assert isinstance(arrived, list)
    assert arrived[0].graphics is not None
    np.testing.assert_array_equal(arrived[0].graphics, np.packbits(np.eye(24, 32, dtype=bool), axis=1))


def test_pixels_travel_beside_the_pickle() -> None:
    (frame,) = read_frames(make.dicom(make.ramp(300, 300)))
    parts = pack_frames([frame])
    assert len(parts[0]) < 5000
    assert len(parts[1]) == frame.pixels.nbytes


@pytest.mark.parametrize("error", [WrongModality("What to do."), CorruptFile("Send it again.")])
def test_errors_keep_class_and_text(error: CorruptFile | WrongModality) -> None:
    found = unpack([bytearray(bytes(part)) for part in pack_error(error)])
    assert type(found) is type(error)
    assert str(found) == str(error)


@pytest.mark.parametrize("name", ["Nonsense", "LucencyError", "NotFound", "__doc__"])
def test_unknown_error_classes_become_a_corrupt_file(name: str) -> None:
    error = type(name, (CorruptFile,), {})("text")
    assert type(unpack([bytearray(bytes(part)) for part in pack_error(error)])) is CorruptFile


def test_the_loop_answers_until_the_owner_closes() -> None:
    source, sink = io.BytesIO(), io.BytesIO()
    send(source, [make.dicom()])
    send(source, [b"no image"])
    source.write(struct.pack("<L", 1))
    source.seek(0)
    serve(source, sink, Limits())
    sink.seek(0)
    frames, error = unpack(receive(sink)), unpack(receive(sink))
    assert isinstance(frames, list)
    assert len(frames) == 1
    assert type(error).__name__ == "UnknownFormat"


def test_answer_is_always_a_message() -> None:
    for data in (b"", b"\0" * 500, make.dicom(), make.picture()):
        assert answer(data, Limits())
