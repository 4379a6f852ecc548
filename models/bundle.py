"""Bundle: the unit on disk that reads images: weights, and everything needed to use them the way they were trained.

A folder with `model.keras`, `bundle.json`, `MODEL_CARD.md` and, where the bundle knows what lies outside of its use,
`gate.npz`. Weights and gate are named by their sha256 in `bundle.json`.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from models import architectures, losses
from models.calibrate import Calibration, Thresholds
from models.errors import BundleError
from models.gate import Gate, packed, unpacked
from models.preprocess import PreprocessSettings

FORMAT = 1
WEIGHTS = "model.keras"
CARD = "bundle.json"
GATE = "gate.npz"
REGISTERED = (architectures.StrongestCells, architectures.Squeeze, losses.CellFocal)
"""Layers and losses of our own that a saved model may name; importing them registers them with Keras."""


@dataclass(frozen=True, slots=True)
class BundleCard:
    """`bundle.json`: what the weights alone do not tell."""

    preset: str
    weights_sha256: str
    preprocess: PreprocessSettings
    calibration: Calibration
    thresholds: Thresholds
    heat_full: float = 1.0
    """Value of a cell that is shown as full heat (1.0)."""
    region_level: float = 0.5
    """Heat, 0..1, from which on connected cells make a region."""
    intended_use: dict[str, list[str]] = field(default_factory=dict)
    """`body_regions` and `views` the bundle was trained and measured on."""
    training: dict[str, Any] = field(default_factory=dict)
    """Data, its sha256, split, seed, stages, versions."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Per split: name -> [value, low, high] of a 95% interval, and counts."""
    licence: str = "Apache-2.0"
    gate_sha256: str = ""
    """Of `gate.npz`; empty for a bundle that takes every image."""

    @property
    def bundle_id(self) -> str:
        """Preset and the first eight digits of the weights' sha256."""
        return f"{self.preset}-{self.weights_sha256[:8]}"


def save_bundle(folder: Path, model: keras.Model, card: BundleCard) -> BundleCard:
    """Write the weights (half precision, no optimizer) and the card; returns the card with the sha256 filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / WEIGHTS
    keras.Model(model.input, model.output, name=model.name).save(weights)
    weights.write_bytes(_half_precision(weights.read_bytes()))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    card = BundleCard(
        **{name: getattr(card, name) for name in card.__slots__ if name != "weights_sha256"}, weights_sha256=digest
    )
    write_card(folder, card)
    return card


def save_gate(folder: Path, card: BundleCard, gate: Gate) -> BundleCard:
    """Write the gate beside the weights, and its sha256 into the card, which is returned."""
    content = packed(gate)
    (folder / GATE).write_bytes(content)
    card = replace(card, gate_sha256=hashlib.sha256(content).hexdigest())
    write_card(folder, card)
    return card


def load_gate(folder: Path, card: BundleCard) -> Gate | None:
    """The bundle's gate, if it has one. Raises BundleError when it is missing or another than the card names."""
    if not card.gate_sha256:
        return None
    try:
        content = (folder / GATE).read_bytes()
        if hashlib.sha256(content).hexdigest() != card.gate_sha256:
            raise BundleError("gate.npz is not the file the bundle names (sha256 differs); fetch the bundle again")
        return unpacked(content)
    except (OSError, ValueError, KeyError) as error:
        raise BundleError("the bundle names a gate.npz that is not readable; fetch the bundle again") from error


def write_card(folder: Path, card: BundleCard) -> None:
    """Write `bundle.json` alone."""
    text = json.dumps({"format": FORMAT, **asdict(card)}, indent=2, sort_keys=True)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> BundleCard:
    """The card of a bundle. Raises BundleError when it is missing or of another format."""
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError("no readable bundle.json there; point LUCENCY_BUNDLE at a bundle's folder") from error
    if values.pop("format", None) != FORMAT:
        raise BundleError(f"this bundle has another format than {FORMAT}; train or fetch one of this version")
    try:
        return _card(values)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError("bundle.json lacks or misstates an entry; fetch the bundle again") from error


def _card(values: dict[str, Any]) -> BundleCard:
    return BundleCard(
        **{
            **values,
            "preprocess": PreprocessSettings.from_json(values["preprocess"]),
            "calibration": Calibration(**values["calibration"]),
            "thresholds": Thresholds(**values["thresholds"]),
        }
    )


def load_model(folder: Path, card: BundleCard) -> keras.Model:
    """The network, after its weights' sha256 was checked. Raises BundleError."""
    try:
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise BundleError("the bundle has no model.keras; fetch the bundle again") from error
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise BundleError("model.keras is not the file the bundle names (sha256 differs); fetch the bundle again")
    try:
        return keras.saving.load_model(folder / WEIGHTS, compile=False, safe_mode=True)
    except Exception as error:
        raise BundleError(
            "model.keras cannot be loaded by this Keras version; fetch a bundle of this version"
        ) from error


def _half_precision(archive: bytes) -> bytes:
    """The same `.keras` archive with its float32 weights stored as float16; Keras widens them when it loads them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            fixed = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, _half_weights(content) if name.endswith(".weights.h5") else content)
    return out.getvalue()


def _half_weights(content: bytes) -> bytes:
    source_file, target_file = io.BytesIO(content), io.BytesIO()
    with h5py.File(source_file, "r") as source, h5py.File(target_file, "w") as target:
        _copy_halved(source, target)
    return target_file.getvalue()


def _copy_halved(source: h5py.Group, target: h5py.Group) -> None:
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_halved(item, target.create_group(name))
        else:
            value = item[()]
            narrow = value.astype(np.float16) if value.dtype == np.float32 else value
            target.create_dataset(name, data=narrow).attrs.update(item.attrs)
