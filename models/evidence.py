"""Evidence: the file beside a bundle that tells how it was measured: `evidence.json`, one part for each split.

A part holds counts, figures with intervals, curves, calibration bins, predictive values, subgroups, heat map scores
and the randomisation check, as `core.services.evidence` gathers them. It holds no image, no file's name, no patient.
A figure is a list: value, low and high of its 95% interval.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.errors import BundleError
from models.whole import whole

NAME = "evidence.json"
FORMAT = 1
Part = Mapping[str, Any]


def read_evidence(folder: Path, bundle_id: str) -> dict[str, Part]:
    """Split -> its part; empty when there is none, or when it was measured with other weights.

    Raises BundleError when the file is damaged or of another format.
    """
    try:
        held = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BundleError(f"{NAME} is not readable; measure the bundle again with core evaluate --record") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT or not isinstance(held.get("splits"), dict):
        raise BundleError(f"{NAME} has another format than {FORMAT}; measure the bundle again with evaluate --record")
    return held["splits"] if held.get("bundle") == bundle_id else {}


def write_evidence(folder: Path, bundle_id: str, splits: Mapping[str, Part]) -> None:
    """Write the file; numbers to five significant digits, which is more than any interval grants."""
    held = {"format": FORMAT, "bundle": bundle_id, "splits": {name: rounded(part) for name, part in splits.items()}}
    text = json.dumps(held, separators=(",", ":"), allow_nan=False)
    with whole(folder / NAME) as draft:
        draft.write_text(text + "\n", encoding="utf-8")


def rounded(value: Any) -> Any:
    """The same value with every float at five significant digits."""
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
