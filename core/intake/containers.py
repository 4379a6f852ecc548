"""Containers: opens folders, zip archives and DICOMDIRs into the files they hold, one in memory at a time."""

import hashlib
import mmap
import os
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice, pairwise
from pathlib import Path
from typing import IO

from core.errors import CorruptFile, IntakeError, TooLarge, UnknownFormat, UnsafeFile, UnsupportedEncoding
from core.intake.dataset import parse
from core.intake.header import Header, Notes, clean
from core.intake.reader import load
from core.intake.silence import silence
from core.settings import Limits

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_CLASS = re.compile(rb"1\.2\.840\.10008\.1\.3\.10(?![0-9.])")  # PS3.4 B.5: Media Storage Directory
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ALWAYS_UNPACKED = 16 * 2**20
"""A member may unpack to this size whatever its ratio, in bytes."""
_DRIVE = re.compile(r"[A-Za-z]:")
_BOUNDED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Ways of packing that unpack piece by piece: of any other, `zipfile` unpacks a piece to whatever size it has."""
_CLOSED = "The folder cannot be opened, and nothing in it was taken in. Check its permissions, or copy it again."
_LINK = "This is a link to another folder, which is not followed. Open that folder itself."
_UNUSUAL = "The archive is packed in an unusual way. Pack it again as an ordinary zip."


@dataclass(frozen=True, slots=True)
class Member:
    """One file and the name a user knows it by: its path, or `a.zip!/folder/file`."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that cannot be taken out of its container."""

    name: str
    sha256: str
    """Empty when the bytes could not be read."""
    error: IntakeError


def expand(paths: Iterable[Path], *, limits: Limits) -> Iterator[Member | Refusal]:
    """Every file of these files, folders (sorted, with their subfolders), zips and DICOMDIRs, lazily."""
    for path in paths:
        if path.is_dir():
            for found in _files_below(path):
                yield from (found,) if isinstance(found, Refusal) else _open_path(found, limits)
        elif _is_directory_file(path):
            yield from _expand_dicomdir(path, limits)
        else:
            yield from _open_path(path, limits)


def expand_bytes(name: str, data: bytes, *, limits: Limits) -> Iterator[Member | Refusal]:
    """One uploaded file: itself, or the members of a zip."""
    if _is_zip(data[:132]):
        yield from _expand_zip(clean(name), BytesIO(data), limits)
    else:
        yield Member(clean(name), data)


def _files_below(folder: Path) -> Iterator[Path | Refusal]:
    """The files, and a refusal for each folder that cannot be listed or is a link: links may lead round in circles."""
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        yield from _closed_folders(closed)
        folders.sort()
        yield from (Path(parent) / name for name in sorted(names) if name.lower() not in _LITTER)
        yield from (_refused(path, UnsafeFile(_LINK)) for name in folders if (path := Path(parent) / name).is_symlink())
    yield from _closed_folders(closed)


def _closed_folders(errors: list[OSError]) -> Iterator[Refusal]:
    """A refusal for each of these, which are taken off the list."""
    while errors:
        yield _refused(Path(errors.pop(0).filename), CorruptFile(_CLOSED))


def _refused(path: Path, error: IntakeError) -> Refusal:
    return Refusal(clean_path(path), "", error)


def _open_path(path: Path, limits: Limits) -> Iterator[Member | Refusal]:
    name = clean_path(path)
    try:
        if path.is_file() and _starts_as_zip(path):
            with path.open("rb") as stream:
                yield from _expand_zip(name, stream, limits)
            return
        yield Member(name, load(path, limits=limits))
    except IntakeError as error:
        yield _refused(path, error)
    except OSError:
        yield _refused(path, CorruptFile("The file cannot be opened. Check its permissions, or copy it again."))


def clean_path(path: Path) -> str:
    """A path for people: no control characters."""
    return "".join(character for character in path.as_posix() if character.isprintable())


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as stream:
        return _is_zip(stream.read(132))


def _is_zip(start: bytes) -> bool:
    """A DICOM file with a zip's first bytes in its preamble is left to the reader, which refuses it."""
    return start.startswith(_ZIP) and start[128:132] != b"DICM"


# --- zip ----------------------------------------------------------------------------------------------------


def _expand_zip(name: str, stream: IO[bytes], limits: Limits) -> Iterator[Member | Refusal]:
    try:
        with _opened(stream, limits) as archive:
            yield from _members(name, archive, limits)
    except IntakeError as error:
        yield Refusal(name, _digest(stream), error)


def _opened(stream: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """The archive, after its directory was measured. Raises TooLarge, UnsafeFile or CorruptFile."""
    if _entries_exceed(stream, limits.archive_members):
        raise TooLarge(f"The archive holds more than {limits.archive_members:,} files. Send it in parts.")
    try:
        archive = zipfile.ZipFile(stream)
    except Exception:
        raise CorruptFile("The zip archive is damaged. Pack or copy it again.") from None
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if sum(entry.file_size for entry in entries) > limits.archive_bytes:
        raise TooLarge("The archive unpacks to more than is allowed. Send it in parts.")
    if _overlap(entries):
        raise UnsafeFile("Files of this archive overlap, as in an archive bomb. Do not open it; ask for another.")
    return archive


def _entries_exceed(stream: IO[bytes], most: int) -> bool:
    """True when more than `most` directory entries stand in the file: counted before they are built."""
    data = stream.getbuffer() if isinstance(stream, BytesIO) else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    with data:
        return next(islice(re.finditer(b"PK\x01\x02", data), most, None), None) is not None


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """APPNOTE 4.3.7: a local header of 30 bytes and the name stands before each file's data."""
    places = sorted((entry.header_offset, entry.compress_size + 30) for entry in entries)
    return any(offset + length > following for (offset, length), (following, _) in pairwise(places))


def _members(name: str, archive: zipfile.ZipFile, limits: Limits) -> Iterator[Member | Refusal]:
    for entry in archive.infolist():
        if entry.is_dir() or _is_litter(entry.orig_filename):
            continue
        shown = f"{name}!/{clean(entry.filename)}"
        try:
            yield Member(shown, _unpacked(archive, entry, limits))
        except IntakeError as error:
            yield Refusal(shown, "", error)


def _is_litter(name: str) -> bool:
    parts = name.lower().split("/")
    return parts[0] == "__macosx" or parts[-1] in _LITTER


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> bytes:
    _check_entry(entry, limits)
    try:
        with archive.open(entry) as source:
            data = source.read(entry.file_size)
    except NotImplementedError:
        raise UnsupportedEncoding(_UNUSUAL) from None
    except Exception:
        raise CorruptFile("The file is damaged inside the archive. Pack it again.") from None
    if data.startswith(_ZIP):
        raise UnsupportedEncoding("This is an archive inside an archive. Unpack it, and send its files.")
    return data


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    """Refuse what must not be unpacked, from the directory alone."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafeFile("This is a link to another place, not a file. Pack the file itself.")
    if not is_inside(entry.orig_filename):
        raise UnsafeFile("The name of this file leads out of the archive. Do not unpack it; ask for another archive.")
    if entry.flag_bits & 1:
        raise UnsupportedEncoding("The archive is encrypted. Unpack it with its password, and send the files.")
    if entry.compress_type not in _BOUNDED:
        raise UnsupportedEncoding(_UNUSUAL)
    if entry.file_size > limits.file_bytes:
        raise TooLarge(f"The file is larger than {limits.file_bytes:,} bytes. Send a smaller one.")
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > _ALWAYS_UNPACKED and ratio > limits.archive_ratio:
        raise TooLarge("The file unpacks to far more than it should. Send it unpacked.")


def is_inside(name: str) -> bool:
    """True for a relative path without backslashes, drive letters or steps upwards."""
    unsafe = "\\" in name or "\0" in name or name.startswith("/") or _DRIVE.match(name)
    return bool(name) and not unsafe and ".." not in name.split("/")


def _digest(stream: IO[bytes]) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


# --- DICOMDIR -----------------------------------------------------------------------------------------------


def _is_directory_file(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            start = stream.read(1024)
    except OSError:
        return False
    return start[128:132] == b"DICM" and _DIRECTORY_CLASS.search(start) is not None


def _expand_dicomdir(path: Path, limits: Limits) -> Iterator[Member | Refusal]:
    """The files that a DICOMDIR lists, PS3.10 8 and PS3.3 annex F, none of them outside its folder."""
    name = clean_path(path)
    try:
        listed = _listed_files(load(path, limits=limits), limits)
    except IntakeError as error:
        yield Refusal(name, "", error)
        return
    for parts in listed:
        shown = f"{name}!/{clean('/'.join(parts))}"
        try:
            yield Member(shown, load(_inside(path.parent, parts), limits=limits))
        except IntakeError as error:
            yield Refusal(shown, "", error)


def _listed_files(data: bytes, limits: Limits) -> list[tuple[str, ...]]:
    """Referenced File ID (0004,1500) of every record, once each."""
    try:
        with silence():
            records = parse(data, limits=limits, notes=Notes()).header.items("DirectoryRecordSequence")
            files = dict.fromkeys(tuple(_file_id(record)) for record in records)
    except IntakeError:
        raise
    except Exception:
        raise CorruptFile("The DICOMDIR is damaged. Open the folder that it stands in instead.") from None
    listed = [parts for parts in files if parts]
    if not listed:
        raise CorruptFile("The DICOMDIR lists no files. Open the folder that it stands in instead.")
    if len(listed) > limits.archive_members:
        raise TooLarge(f"The DICOMDIR lists more than {limits.archive_members:,} files. Send them in parts.")
    return listed


def _file_id(record: Header) -> list[str]:
    return [str(part) for part in record.values("ReferencedFileID")]


def _inside(folder: Path, parts: tuple[str, ...]) -> Path:
    """The listed file, case ignored as media do. Raises UnsafeFile when it is not below the folder."""
    if not all(is_inside(part) and "/" not in part for part in parts):
        raise UnsafeFile("The DICOMDIR lists a file outside its folder. Do not use it; open the files by themselves.")
    path = folder
    for part in parts:
        path = _ignoring_case(path, part)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnsafeFile("The DICOMDIR lists a file outside its folder. Do not use it; open the files by themselves.")
    if not path.is_file():
        raise UnknownFormat("The DICOMDIR lists a file that is not there. Copy the whole medium again.")
    return path


def _ignoring_case(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    return next((entry for entry in folder.iterdir() if entry.name.lower() == name.lower()), exact)
