"""Header: reads attributes of a data set so that a damaged value is absent and noted, never an exception."""

import math
import struct
from collections.abc import Iterable, MutableSequence

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

_LONGEST_TEXT = 256


class Notes:
    """What a reader should know of how a file was read; each said once, none holding patient data."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, text: str) -> None:
        """Note `text`, unless it is noted already."""
        if text not in self._texts:
            self._texts.append(text)

    def all(self) -> tuple[str, ...]:
        """The notes in the order they were made."""
        return tuple(self._texts)


class Header:
    """The attributes of one data set by keyword."""

    def __init__(self, dataset: Dataset, notes: Notes, *, little_endian: bool = True) -> None:
        self.dataset = dataset
        self.notes = notes
        self._order = "<" if little_endian else ">"

    def has(self, keyword: str) -> bool:
        """True when the attribute is there, empty or not."""
        return keyword in self.dataset

    def values(self, keyword: str) -> list[object]:
        """All values of an attribute; empty when it is absent, empty or unreadable."""
        try:
            value = self.dataset.get(keyword)
        except Exception:
            return self._unreadable(keyword)
        if isinstance(value, bytes):
            return self._unpack(keyword, value)
        if isinstance(value, MutableSequence | tuple):
            return list(value)
        return [] if value is None or str(value) == "" else [value]

    def texts(self, keyword: str) -> list[str]:
        """The values as text without control characters, each at most 256 characters."""
        return [clean(value) for value in self.values(keyword)]

    def text(self, keyword: str) -> str:
        """The first value as text, or an empty string."""
        return next(iter(self.texts(keyword)), "")

    def code(self, keyword: str) -> str:
        """The first value of a code string (VR CS), in capitals."""
        return self.text(keyword).upper()

    def numbers(self, keyword: str) -> list[float]:
        """The values as finite numbers; all or none."""
        try:
            numbers = [float(str(value).replace(",", ".")) for value in self.values(keyword)]
        except ValueError:
            numbers = [math.nan]
        if all(math.isfinite(number) for number in numbers):
            return numbers
        self.notes.add(f"{keyword} is not a number; it is ignored.")
        return []

    def number(self, keyword: str) -> float | None:
        """The first value as a finite number."""
        return next(iter(self.numbers(keyword)), None)

    def integer(self, keyword: str) -> int | None:
        """The first value as a whole number."""
        number = self.number(keyword)
        return None if number is None else int(number)

    def items(self, keyword: str) -> list["Header"]:
        """The items of a sequence."""
        items = [value for value in self.values(keyword) if isinstance(value, Dataset)]
        return [Header(item, self.notes, little_endian=self._order == "<") for item in items]

    def item(self, keyword: str) -> "Header | None":
        """The first item of a sequence."""
        return next(iter(self.items(keyword)), None)

    def functional(self, macro: str, frame: int) -> "Header":
        """Where a frame's attributes of `macro` stand: its functional groups, the shared ones, or the data set itself.

        PS3.3 C.7.6.16; `frame` counts from 1.
        """
        own = self.items("PerFrameFunctionalGroupsSequence")[frame - 1 : frame]
        for group in (*own, *self.items("SharedFunctionalGroupsSequence")[:1]):
            item = group.item(macro)
            if item:
                return item
        return self

    def data(self, keyword: str) -> bytes:
        """A binary value (VR OB, OW) as little-endian bytes; whole numbers are packed as 16-bit words."""
        try:
            value = self.dataset.get(keyword)
        except Exception:
            return b""
        if isinstance(value, bytes):
            return value if self._order == "<" else _swapped(value)
        return _packed(value if isinstance(value, MutableSequence) else [value])

    def integers(self, tag: int) -> list[int]:
        """The values of an attribute of a repeating group (60xx), by its tag, as whole numbers; all or none."""
        try:
            return [int(text) for text in self.words(tag)]
        except ValueError:
            return []

    def words(self, tag: int) -> list[str]:
        """The values of an attribute of a repeating group (60xx), by its tag, as text."""
        try:
            value = self.dataset[tag].value if tag in self.dataset else None
        except Exception:
            return []
        values = value if isinstance(value, MutableSequence | tuple) else [value]
        return [clean(each) for each in values if each is not None]

    def binary(self, tag: int) -> bytes:
        """A binary value of a repeating group (60xx), by its tag, as little-endian bytes."""
        element = self.dataset.get_item(tag, keep_deferred=True)
        if element is None or not isinstance(element.value, bytes):
            return b""
        return element.value if self._order == "<" or element.VR == "OB" else _swapped(element.value)

    def _unreadable(self, keyword: str) -> list[object]:
        """A value that does not obey its VR, as the dictionary says it should be."""
        element = self.dataset.get_item(keyword, keep_deferred=True)
        if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes):
            self.notes.add(f"{keyword} cannot be read; it is ignored.")
            return []
        self.notes.add(f"{keyword} does not obey its value representation.")
        return self._unpack(keyword, element.value)

    def _unpack(self, keyword: str, value: bytes) -> list[object]:
        """A value of unknown representation (VR UN, PS3.5 6.2.2) as what the dictionary says it is."""
        form = _BINARY.get(_vr_of(keyword))
        if form is None:
            return [part.strip() for part in value[:4096].decode("latin-1").split("\\") if part.strip(" \0")]
        count = len(value) // struct.calcsize(form)
        return list(struct.unpack_from(f"{self._order}{count}{form}", value))


_BINARY = {"US": "H", "SS": "h", "US or SS": "H", "UL": "L", "SL": "l", "FL": "f", "FD": "d"}


def _vr_of(keyword: str) -> str:
    try:
        return str(dictionary_VR(keyword))
    except (KeyError, ValueError):
        return "UN"


def clean(value: object) -> str:
    """Text without control characters and outer blanks, at most 256 characters."""
    text = "".join(character for character in str(value)[: 4 * _LONGEST_TEXT] if character.isprintable())
    return text.strip()[:_LONGEST_TEXT]


def _packed(values: Iterable[object]) -> bytes:
    try:
        words = [int(str(value)) & 0xFFFF for value in values if value is not None]
    except ValueError:
        return b""
    return struct.pack(f"<{len(words)}H", *words)


def _swapped(value: bytes) -> bytes:
    """16-bit words in the other byte order."""
    even = len(value) & ~1
    swapped = bytearray(even)
    swapped[::2], swapped[1::2] = value[1:even:2], value[:even:2]
    return bytes(swapped)
