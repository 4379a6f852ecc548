"""The evidence file: what is written comes back, and a damaged one says what to do."""

from pathlib import Path

import pytest

from models.errors import BundleError
from models.evidence import NAME, read_evidence, write_evidence


def test_parts_come_back_rounded(tmp_path: Path) -> None:
    write_evidence(tmp_path, "net-1", {"test": {"images": 605, "auroc": [0.93472101, 0.9, None], "split": "test"}})
    assert read_evidence(tmp_path, "net-1") == {"test": {"images": 605, "auroc": [0.93472, 0.9, None], "split": "test"}}


def test_other_weights_have_no_evidence(tmp_path: Path) -> None:
    assert read_evidence(tmp_path, "net-1") == {}
    write_evidence(tmp_path, "net-1", {"test": {}})
    assert read_evidence(tmp_path, "net-2") == {}


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', '{"format": 1, "splits": []}'])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(BundleError, match=r"evaluate.*--record"):
        read_evidence(tmp_path, "net-1")


def test_what_is_no_number_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_evidence(tmp_path, "net-1", {"test": {"auroc": float("nan")}})
