"""Each part has its own figures, and small parts none."""

import numpy as np
import pytest

from models.calibrate import Thresholds
from models.subgroups import rows


def test_each_value_is_measured_alone() -> None:
    fractured = np.array([1.0, 0.0] * 20 + [1.0, 0.0] * 20 + [1.0])
    probability = np.where(fractured == 1, 0.9, 0.1)
    probability[40:80] = 1 - probability[40:80]
    leg, hand, hip = rows(["leg"] * 40 + ["hand"] * 40 + ["hip"], probability, fractured, Thresholds(0.3, 0.7))
    assert (leg.value, leg.images, leg.fractured) == ("hand", 40, 20)
    assert leg.auroc is not None
    assert leg.auroc.value == pytest.approx(0)
    assert hand.sensitivity is not None
    assert hand.sensitivity.value == 1
    assert hand.sensitivity.low < 0.9
    assert (hip.images, hip.auroc, hip.sensitivity, hip.specificity) == (1, None, None, None)


def test_an_image_without_the_trait_is_left_out() -> None:
    assert [row.value for row in rows(["", "leg"], np.zeros(2), np.zeros(2), Thresholds(0.3, 0.7))] == ["leg"]


def test_one_class_alone_has_its_own_share_only() -> None:
    [row] = rows(["leg"] * 12, np.full(12, 0.5), np.zeros(12), Thresholds(0.3, 0.7))
    assert row.auroc is row.sensitivity is None
    assert row.specificity is not None
    assert (row.specificity.value, row.specificity_at_fracture and row.specificity_at_fracture.value) == (0, 1)
