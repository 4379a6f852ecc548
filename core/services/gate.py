"""Gate: fits the gate of a bundle anew, without training: what lies outside of its intended use."""

from collections.abc import Callable
from pathlib import Path

from core.errors import BundleUnavailable, UnusableTrainingData
from core.services.labelled import choose_split, labelled_files, load
from models import card as model_card
from models.bundle import BundleCard, load_model, read_card, save_gate
from models.errors import BundleError
from models.gate import fit_gate

Report = Callable[[str], None]


def refit_gate(bundle: Path, data: Path, *, report: Report) -> BundleCard:
    """Fit the gate of the bundle in this folder on the splits `train` and `val`, store it there, and rewrite the card.

    Raises BundleUnavailable, and UnusableTrainingData when a split is empty or unreadable.
    """
    try:
        card = read_card(bundle)
        model = load_model(bundle, card)
    except BundleError as error:
        raise BundleUnavailable(f"The network cannot be loaded: {error}.") from error
    files = labelled_files(data)
    images = []
    for split in ("train", "val"):
        chosen = choose_split(files, split)
        if not chosen:
            raise UnusableTrainingData(f"There are no images of the split {split!r}. Give at least train and val.")
        report(f"reading {len(chosen)} images of {split}")
        images.append(load(chosen, card.preprocess).images)
    report("fitting the gate")
    card = save_gate(bundle, card, fit_gate(model, *images))
    model_card.write(bundle, card)
    return card
