"""Folders, zips and DICOMDIRs, honest ones and those built to do harm."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from core.errors import CorruptFile, IntakeError, TooLarge, UnknownFormat, UnsafeFile, UnsupportedEncoding
from core.intake.containers import Member, Refusal, expand, expand_bytes, is_inside
from core.settings import Limits
from tests import factories as make

LIMITS = Limits()
PNG = make.picture()


def names(items: Iterable[Member | Refusal]) -> list[str]:
    return [item.name for item in items if isinstance(item, Member)]


def refused(items: Iterable[Member | Refusal]) -> IntakeError:
    (refusal,) = [item for item in items if isinstance(item, Refusal)]
    return refusal.error


def zipped(**members: bytes) -> bytes:
    return make.archive(members)


# --- files and folders --------------------------------------------------------------------------------------


def test_folder_is_walked_in_order(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.png", "a.png", ".DS_Store", "c/Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PNG)
    found = list(expand([tmp_path], limits=LIMITS))
    assert names(found) == [(tmp_path / name).as_posix() for name in ("a.png", "b/1.png", "b/2.png")]
    assert all(isinstance(item, Member) and item.data == PNG for item in found)


def test_files_are_opened_one_by_one(tmp_path: Path) -> None:
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    first.write_bytes(PNG)
    second.write_bytes(PNG)
    items = expand([first, second], limits=LIMITS)
    next(items)
    second.write_bytes(b"changed")
    item = next(items)
    assert isinstance(item, Member)
    assert item.data == b"changed"


def test_missing_file(tmp_path: Path) -> None:
    assert isinstance(refused(expand([tmp_path / "none.dcm"], limits=LIMITS)), UnknownFormat)


def test_file_beyond_the_limit(tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(PNG)
    assert isinstance(refused(expand([tmp_path], limits=Limits(file_bytes=10))), TooLarge)


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(PNG)
    (tmp_path / "2.zip").write_bytes(b"PK\x03\x04 this is no archive")
    (tmp_path / "3.png").write_bytes(PNG)
    found = list(expand([tmp_path], limits=LIMITS))
    assert [type(item) for item in found] == [Member, Refusal, Member]


def test_a_folder_that_cannot_be_listed_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its permissions are pretended: to root every folder is open."""
    for name in ("a/1.png", "b/2.png", "c/3.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(PNG)
    listed = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name in ("b", "c"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(expand([tmp_path], limits=LIMITS))
    assert names(found) == [(tmp_path / "a/1.png").as_posix()]
    closed = [item for item in found if isinstance(item, Refusal)]
    assert [item.name for item in closed] == [(tmp_path / name).as_posix() for name in "bc"]
    assert all(isinstance(item.error, CorruptFile) and "permissions" in str(item.error) for item in closed)


def test_a_linked_folder_is_refused_by_name_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.png").write_bytes(PNG)
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "2.png").write_bytes(PNG)
    (tmp_path / "day" / "circle").symlink_to(tmp_path / "day")
    (tmp_path / "day" / "link").symlink_to(tmp_path / "elsewhere")
    found = list(expand([tmp_path / "day"], limits=LIMITS))
    assert names(found) == [(tmp_path / "day/2.png").as_posix()]
    links = [item for item in found if isinstance(item, Refusal)]
    assert [item.name for item in links] == [(tmp_path / "day" / name).as_posix() for name in ("circle", "link")]
    assert all(isinstance(item.error, UnsafeFile) for item in links)
    (tmp_path / "to-day").symlink_to(tmp_path / "day")
    assert len(names(expand([tmp_path / "to-day"], limits=LIMITS))) == 1, "a link given by name is opened"


# --- zip ----------------------------------------------------------------------------------------------------


def test_zip_by_path_and_by_bytes(tmp_path: Path) -> None:
    data = make.archive({"a/1.png": PNG, "2.png": PNG, "__MACOSX/._2.png": b"x", "a/.DS_Store": b"x"})
    (tmp_path / "x.zip").write_bytes(data)
    path = (tmp_path / "x.zip").as_posix()
    assert names(expand([tmp_path], limits=LIMITS)) == [f"{path}!/a/1.png", f"{path}!/2.png"]
    assert names(expand_bytes("x.zip", data, limits=LIMITS)) == ["x.zip!/a/1.png", "x.zip!/2.png"]


def test_bytes_that_are_no_zip_are_a_member() -> None:
    assert list(expand_bytes("x\x07.png", PNG, limits=LIMITS)) == [Member("x.png", PNG)]


def test_dicom_with_a_zip_in_its_preamble_is_left_to_the_reader() -> None:
    data = make.dicom(preamble=b"PK\x03\x04".ljust(128, b"\0"))
    assert list(expand_bytes("x", data, limits=LIMITS)) == [Member("x", data)]


def test_empty_zip() -> None:
    assert list(expand_bytes("x.zip", make.archive({}), limits=LIMITS)) == []


@pytest.mark.parametrize(
    "name", ["../x.png", "a/../../x.png", "/etc/x.png", "..\\x.png", "a\\b.png", "C:/x.png", "c:x.png", "//host/x"]
)
def test_names_that_leave_the_archive(name: str) -> None:
    found = list(expand_bytes("x.zip", make.archive({name: PNG, "fine.png": PNG}), limits=LIMITS))
    assert isinstance(refused(found), UnsafeFile)
    assert names(found) == ["x.zip!/fine.png"]


@pytest.mark.parametrize("name", ["a.png", "a/b.png", "a..b/c.png", "...", "ä/ö.png"])
def test_ordinary_names(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize("name", ["", "..", "a/..", "a\0b"])
def test_other_unsafe_names(name: str) -> None:
    assert not is_inside(name)


def test_links_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        entry = zipfile.ZipInfo("link.dcm")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        target.writestr(entry, "/etc/passwd")
    assert isinstance(refused(expand_bytes("x.zip", buffer.getvalue(), limits=LIMITS)), UnsafeFile)


def test_encrypted_members_are_refused() -> None:
    data = bytearray(zipped(a=PNG))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    error = refused(expand_bytes("x.zip", bytes(data), limits=LIMITS))
    assert isinstance(error, UnsupportedEncoding)
    assert "encrypted" in str(error)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_unpacks_without_bound_is_refused_of_a_member_alone(method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("bomb.png", bytes(50_000_000), compress_type=method)
        target.writestr("fine.png", PNG, compress_type=zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    place = data.index(b"PK\x01\x02")
    data = data[: place + 24] + struct.pack("<L", 1000) + data[place + 28 :]
    found = list(expand_bytes("x.zip", data, limits=LIMITS))
    error = refused(found)
    assert isinstance(error, UnsupportedEncoding)
    assert "again as an ordinary zip" in str(error)
    assert names(found) == ["x.zip!/fine.png"]


def test_packing_that_nobody_here_knows_is_refused_in_the_same_words() -> None:
    data = bytearray(zipped(a=PNG))
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 9)  # APPNOTE 4.4.5: Deflate64
    assert "again as an ordinary zip" in str(refused(expand_bytes("x.zip", bytes(data), limits=LIMITS)))


def test_archive_in_an_archive() -> None:
    error = refused(expand_bytes("x.zip", zipped(inner=zipped(a=PNG)), limits=LIMITS))
    assert "archive inside an archive" in str(error)


def test_damaged_member() -> None:
    data = bytearray(make.archive({"a": PNG, "b": PNG}, compression=zipfile.ZIP_STORED))
    data[60] ^= 0xFF
    found = list(expand_bytes("x.zip", bytes(data), limits=LIMITS))
    assert isinstance(refused(found), CorruptFile)
    assert names(found) == ["x.zip!/b"]


@pytest.mark.parametrize("cut", [5, 30, 60, -1, -10, -30])
def test_cut_archive(cut: int) -> None:
    assert isinstance(refused(expand_bytes("x.zip", zipped(a=PNG)[:cut], limits=LIMITS)), CorruptFile)


def test_refused_archive_has_a_digest() -> None:
    (item,) = expand_bytes("x.zip", b"PK\x03\x04 this is no archive", limits=LIMITS)
    assert isinstance(item, Refusal)
    assert len(item.sha256) == 64


def test_bomb_by_ratio() -> None:
    error = refused(expand_bytes("x.zip", zipped(a=bytes(20 * 2**20)), limits=LIMITS))
    assert isinstance(error, TooLarge)


def test_bomb_by_size_of_a_member() -> None:
    assert isinstance(refused(expand_bytes("x.zip", zipped(a=PNG), limits=Limits(file_bytes=20))), TooLarge)


def test_bomb_by_total_size() -> None:
    data = zipped(a=bytes(1000), b=bytes(1000))
    assert isinstance(refused(expand_bytes("x.zip", data, limits=Limits(archive_bytes=1999))), TooLarge)


def test_bomb_by_number() -> None:
    data = zipped(a=PNG, b=PNG, c=PNG)
    assert isinstance(refused(expand_bytes("x.zip", data, limits=Limits(archive_members=2))), TooLarge)
    assert len(list(expand_bytes("x.zip", data, limits=Limits(archive_members=3)))) == 3


def test_size_that_the_directory_hides() -> None:
    """The directory says 1000 bytes; the stream holds 50 million."""
    data = bytearray(zipped(a=bytes(50_000_000)))
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<L", 1000)
    assert isinstance(refused(expand_bytes("x.zip", bytes(data), limits=LIMITS)), IntakeError)


def test_size_of_zip64_that_is_beyond_everything() -> None:
    data = bytearray(zipped(a=PNG))
    place = data.index(b"PK\x01\x02")
    extra = struct.pack("<HHQ", 1, 8, 2**60)
    data[place + 24 : place + 28] = b"\xff\xff\xff\xff"
    data[place + 30 : place + 32] = struct.pack("<H", len(extra))
    data[place + 47 : place + 47] = extra
    end = data.index(b"PK\x05\x06")
    (size,) = struct.unpack_from("<L", data, end + 12)
    data[end + 12 : end + 16] = struct.pack("<L", size + len(extra))
    assert isinstance(refused(expand_bytes("x.zip", bytes(data), limits=LIMITS)), TooLarge)


def test_overlapping_members() -> None:
    """Two directory entries for one local file, as in David Fifield's archive bomb of 2019."""
    data = bytearray(zipped(a=PNG))
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start:end]
    data[end:end] = entry
    tail = data.index(b"PK\x05\x06")
    struct.pack_into("<HHL", data, tail + 8, 2, 2, 2 * len(entry))
    assert isinstance(refused(expand_bytes("x.zip", bytes(data), limits=LIMITS)), UnsafeFile)


# --- DICOMDIR -----------------------------------------------------------------------------------------------


def dicomdir(*files: list[str]) -> bytes:
    records = []
    for parts in files:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.add(DataElement(0x00041500, "CS", parts, validation_mode=IGNORE))
        records.append(record)
    return make.dicom_object("1.2.840.10008.1.3.10", elements={"DirectoryRecordSequence": records})


def medium(folder: Path, *files: list[str]) -> Path:
    (folder / "IMAGES").mkdir()
    (folder / "IMAGES" / "A").write_bytes(PNG)
    (folder / "DICOMDIR").write_bytes(dicomdir(*files))
    return folder / "DICOMDIR"


def test_dicomdir_lists_its_files_once(tmp_path: Path) -> None:
    path = medium(tmp_path, ["IMAGES", "A"], ["IMAGES", "A"])
    assert names(expand([path], limits=LIMITS)) == [f"{path.as_posix()}!/IMAGES/A"]


def test_dicomdir_ignores_case(tmp_path: Path) -> None:
    path = medium(tmp_path, ["images", "a"])
    assert len(names(expand([path], limits=LIMITS))) == 1


def test_dicomdir_in_a_folder_is_left_to_the_reader(tmp_path: Path) -> None:
    medium(tmp_path, ["IMAGES", "A"])
    assert len(names(expand([tmp_path], limits=LIMITS))) == 2


@pytest.mark.parametrize(
    "parts",
    [["..", "secret"], ["IMAGES", "..", "..", "secret"], ["/etc/passwd"], ["..\\..\\secret"], ["C:", "x"], ["a/b"]],
)
def test_dicomdir_that_leads_out(tmp_path: Path, parts: list[str]) -> None:
    (tmp_path / "secret").write_bytes(PNG)
    (tmp_path / "disc").mkdir()
    path = medium(tmp_path / "disc", parts)
    found = list(expand([path], limits=LIMITS))
    assert names(found) == []
    assert all(isinstance(item, Refusal) and isinstance(item.error, UnsafeFile) for item in found)
    assert found


def test_dicomdir_with_a_link_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(PNG)
    (tmp_path / "disc").mkdir()
    path = medium(tmp_path / "disc", ["IMAGES", "LINK"])
    (tmp_path / "disc" / "IMAGES" / "LINK").symlink_to(tmp_path / "secret")
    assert isinstance(refused(expand([path], limits=LIMITS)), UnsafeFile)


def test_dicomdir_with_a_missing_file(tmp_path: Path) -> None:
    found = list(expand([medium(tmp_path, ["IMAGES", "A"], ["IMAGES", "B"])], limits=LIMITS))
    assert isinstance(refused(found), UnknownFormat)
    assert len(names(found)) == 1


def test_empty_and_damaged_dicomdir(tmp_path: Path) -> None:
    path = medium(tmp_path)
    assert isinstance(refused(expand([path], limits=LIMITS)), CorruptFile)
    whole = dicomdir(["IMAGES", "A"])
    path.write_bytes(whole[: whole.index(b"IMAGE")])
    assert isinstance(refused(expand([path], limits=LIMITS)), IntakeError)


def test_real_dicomdirs(shared_data: Path) -> None:
    for path in sorted((shared_data / "dicom").glob("*DICOMDIR*")):
        found = list(expand([path], limits=LIMITS))
        assert found
        assert names(found) == []
