"""The model card says what bundle.json says."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.bundle import read_card
from models.card import NAME, markdown, write


def test_figures_and_thresholds_are_those_of_the_bundle(small_bundle: Path, tmp_path: Path) -> None:
    card = replace(
        read_card(small_bundle),
        metrics={"val": {"auroc": [0.9, 0.85, 0.95]}, "test": {"auroc": [0.8, 0.7, 0.9], "ece": [0.02, 0.01, 0.05]}},
        intended_use={"region": ["hand", "leg"], "view": ["frontal"]},
    )
    text = markdown(card)
    assert "| AUROC | 0.900 [0.850, 0.950] | 0.800 [0.700, 0.900] |" in text
    assert "| Expected calibration error |  | 0.020 [0.010, 0.050] |" in text
    assert card.weights_sha256 in text
    assert "hand, leg" in text
    assert "not a medical device" in text
    write(tmp_path, card)
    assert (tmp_path / NAME).read_text(encoding="utf-8") == text


CLAIMS = ("share no group", "Training refuses", "carries the other label teach nothing")


def told_of(bundle: Path, findings: dict[str, int], *accepted: str) -> str:
    """The card of a bundle whose training accepted these findings of its data."""
    audit = {"divided_by_seed": False, "findings": findings, "accepted": list(accepted)}
    return markdown(replace(read_card(bundle), training={"audit": audit}))


def test_what_the_audit_found_is_told(small_bundle: Path) -> None:
    text = told_of(small_bundle, {"duplicates": 9, "truncated": 20})
    assert "- found by the check of the data: duplicates 9, truncated 20" in text
    assert all(claim in text for claim in CLAIMS)
    assert "- found by the check of the data: nothing" in told_of(small_bundle, {})


@pytest.mark.parametrize(
    ("word", "claimed"),
    [
        ("overlapping_groups", (False, False, True)),
        ("duplicates_across_splits", (False, False, True)),
        ("near_duplicates_across_splits", (False, False, True)),
        ("label_conflicts", (True, True, False)),
        ("boxes_outside", (True, True, True)),
    ],
)
def test_what_was_accepted_is_told_and_no_longer_denied(
    small_bundle: Path, word: str, claimed: tuple[bool, bool, bool]
) -> None:
    text = told_of(small_bundle, {word: 3, "truncated": 20}, word)
    assert f"accepted by name: {word} (3)." in text
    assert tuple(claim in text for claim in CLAIMS) == claimed
    assert ("the figures flatter" in text) != claimed[0]
