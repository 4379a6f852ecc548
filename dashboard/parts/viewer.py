"""Viewer: shows the radiographs of a study at full depth; window, zoom and overlay live in the browser."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from core.records import Region
from dashboard.keys import assigned, of_picture
from dashboard.parts.mark_sheet import MarkSheet
from dashboard.routes import prefix

NO_MARKS = MarkSheet()
DEFAULT_KEYS = assigned({})
# One script after another, as one module: what a later file uses stands in an earlier one.
SCRIPTS = (
    "typed.js",
    "tones.js",
    "geometry.js",
    "graphics.js",
    "pictures.js",
    "painters.js",
    "layers.js",
    "measures.js",
    "marks.js",
    "loupe.js",
    "hand.js",
    "link.js",
    "heat.js",
    "keyboard.js",
    "controls.js",
    "viewer.js",
    "lightbox.js",
)


Beside = Literal["", "second"]


@dataclass(frozen=True, slots=True)
class ViewerImage:
    """One view of a study, as the viewer needs it."""

    image_key: int
    ticket: str
    """From `dashboard.tickets`; issued again at every run."""
    rows: int
    columns: int
    pixel_spacing: tuple[float, float] | None = None
    """Between rows, between columns, in mm; None: not calibrated."""
    spacing_source: str = ""
    pixel_aspect: float = 1.0
    """Height of a pixel by its width."""
    laterality: str = ""
    view_position: str = ""
    body_part: str = ""
    label: str = ""
    """Shown large in a corner, never burnt in; e.g. `SYNTHETIC`."""
    warnings: tuple[str, ...] = ()
    has_heat: bool = False
    """The heat map exists and the ticket opens it."""
    regions: tuple[Region, ...] = ()
    """Empty as long as the reader may not see the AI's answer."""
    doubtful: bool = False
    """The AI's answer is `doubt`: dotted boxes instead of solid ones."""
    chosen: bool = False
    """The reader points it out as a key image."""
    key_image: str = ""
    """Shown in a corner, and as a star below its thumbnail; e.g. `★ Key image`."""


def viewer(
    images: Sequence[ViewerImage],
    *,
    key: str,
    selected: int | None = None,
    show_overlay: bool = False,
    prefetch: Sequence[ViewerImage] = (),
    sheet: MarkSheet = NO_MARKS,
    takes_focus: bool = False,
    beside: Beside = "",
    choose: Callable[[int, bool], None] | None = None,
    keys: Mapping[str, str] = DEFAULT_KEYS,
) -> None:
    """The views of one study, one to four at a time; `prefetch` (the next case) is loaded when the browser is idle.

    `selected` (an image key) and `show_overlay` are wishes of the page: the viewer follows when their value changes
    between runs; in between the reader's own choice holds. `sheet` holds her marks. `takes_focus`: the keys of the
    viewer work as soon as a new case is shown. `beside`: a `second` viewer stands next to the case's own; it has fewer
    tools and shows one view at a time. The reader may link the zoom of all. `choose` is called before a run with the
    image that she makes a key image, or no longer; without it she cannot. `keys`: the reader's own, by action.
    """
    data = {
        "key": key,
        "base": prefix(),
        "images": [_sent(image) for image in images],
        "prefetch": [_sent(image) for image in prefetch],
        "selected": selected,
        "show_overlay": show_overlay,
        "sheet": sheet.sent(),
        "takes_focus": takes_focus,
        "beside": beside,
        "chooses": choose is not None,
        "keys": of_picture(keys),
    }

    def hear_choice() -> None:
        wish = read_choice(st.session_state[key].get("key_image"))
        if choose and wish:
            choose(*wish)

    _component()(
        key=key,
        data=data,
        on_renew_change=lambda: None,
        on_key_image_change=hear_choice,
        on_marks_change=lambda: sheet.hear(st.session_state[key].get("marks")),
    )


def read_choice(wish: object) -> tuple[int, bool] | None:
    """Image and whether it shall be a key image, out of `{"image": 12, "chosen": true}`; None for anything else."""
    if not isinstance(wish, Mapping):
        return None
    image, chosen = wish.get("image"), wish.get("chosen")
    return (image, chosen) if type(image) is int and isinstance(chosen, bool) else None


def _sent(image: ViewerImage) -> dict[str, object]:
    sent = asdict(image)
    for name, short in (("image_key", "key"), ("view_position", "view"), ("body_part", "bodyPart")):
        sent[short] = sent.pop(name)
    sent["aspect"] = sent.pop("pixel_aspect")
    sent["spacing"], sent["spacingSource"] = sent.pop("pixel_spacing"), sent.pop("spacing_source")
    return sent


@cache
def _component() -> ComponentRenderer:
    folder = files(__package__)
    script = "\n".join(folder.joinpath("viewer_js", name).read_text("utf-8") for name in SCRIPTS)
    style = folder.joinpath("viewer.css").read_text("utf-8")
    return st.components.v2.component("lucency_viewer", css=style, js=script, isolate_styles=False)
