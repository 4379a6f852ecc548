"""The model card says what bundle.json says."""

from dataclasses import replace
from pathlib import Path

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
    assert "| Expected calibration error, 10 bins |  | 0.020 [0.010, 0.050] |" in text
    assert card.weights_sha256 in text
    assert "hand, leg" in text
    assert "not a medical device" in text
    write(tmp_path, card)
    assert (tmp_path / NAME).read_text(encoding="utf-8") == text
