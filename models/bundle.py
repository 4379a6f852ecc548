"""Bundle: the unit on disk that reads images: weights, and everything needed to use them the way they were trained.

A folder with `model.keras`, `bundle.json`, `MODEL_CARD.md` and, where the bundle knows what lies outside of its use,
`gate.npz`. Weights and gate are named by their sha256 in `bundle.json`.
"""

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import keras
import numpy as np

from models import architectures, losses
from models.bundle_card import BundleCard, read_card, write_card
from models.errors import BundleError
from models.gate import Gate, packed, unpacked
from models.whole import private_folder, whole

__all__ = ["BundleCard", "load_gate", "load_model", "read_card", "save_bundle", "save_gate", "write_card"]

WEIGHTS = "model.keras"
GATE = "gate.npz"
REGISTERED = (architectures.StrongestCells, architectures.Squeeze, losses.CellFocal)
"""Layers and losses of our own that a saved model may name; importing them registers them with Keras."""


def save_bundle(folder: Path, model: keras.Model, card: BundleCard, gate: Gate | None = None) -> BundleCard:
    """Write the weights (half precision, no optimizer), the gate, and last the card with the sha256 of both.

    Returns that card. Until it is written no other card is true of the new files: a half-written bundle is refused.
    """
    private_folder(folder)
    weights = _half_precision(_archive(model))
    card = replace(card, weights_sha256=hashlib.sha256(weights).hexdigest(), gate_sha256="")
    with whole(folder / WEIGHTS) as draft:
        draft.write_bytes(weights)
    if gate is not None:
        return save_gate(folder, card, gate)
    write_card(folder, card)
    return card


def save_gate(folder: Path, card: BundleCard, gate: Gate) -> BundleCard:
    """Write the gate beside the weights, and its sha256 into the card, which is returned."""
    content = packed(gate)
    with whole(folder / GATE) as draft:
        draft.write_bytes(content)
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


def _archive(model: keras.Model) -> bytes:
    """The model without its optimizer, as Keras saves it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / WEIGHTS
        keras.Model(model.input, model.output, name=model.name).save(file)
        return file.read_bytes()


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
