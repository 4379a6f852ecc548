"""Gate: fits the gate of a bundle anew, without training: what lies outside of its intended use."""

from pathlib import Path

from core.services.labelled import labelled_files, load_split
from core.services.unavailable import unavailable
from models import card as model_card
from models.bundle import BundleCard, load_model, read_card, save_gate
from models.gate import fit_gate
from models.tell import Tell


def refit_gate(bundle: Path, data: Path, *, report: Tell) -> BundleCard:
    """Fit the gate of the bundle in this folder on the splits `train` and `val`, store it there, and rewrite the card.

    Raises BundleUnavailable, and UnusableTrainingData when a split is empty or unreadable.
    """
    with unavailable("The network cannot be loaded"):
        card = read_card(bundle)
        model = load_model(bundle, card)
    files = labelled_files(data)
    training, validation = (load_split(files, split, card.preprocess, report) for split in ("train", "val"))
    report("fitting the gate")
    card = save_gate(bundle, card, fit_gate(model, training.images, validation.images))
    model_card.write(bundle, card)
    return card
