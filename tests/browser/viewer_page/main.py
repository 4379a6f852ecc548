"""Main: the viewer alone, told by the address what to show: `?images=1,2`, `&revealed=1`, `&stale=1`."""

from dataclasses import replace

import streamlit as st

from core.records import Region
from core.services.pictures import image_of
from core.store import studies
from dashboard import resources
from dashboard.parts import page
from dashboard.parts.case_pictures import picture
from dashboard.parts.viewer import ViewerImage, viewer
from dashboard.tickets import Tickets, tickets
from tests.people import person

st.set_page_config(layout="wide")
page.style()


def shown(image_key: int, *, revealed: bool, ticket: str) -> ViewerImage:
    """The stored image; once the AI may be seen, with its heat map and one region."""
    image = image_of(resources.site(), image_key)
    with resources.site().database.reading() as session:
        synthetic = studies.get(session, image.study_key).synthetic
    region = Region(image.columns // 4, image.rows // 4, image.columns // 2, image.rows // 2, 0.87)
    return replace(
        picture(image, reader=person().name, label="SYNTHETIC" if synthetic else ""),
        ticket=ticket,
        has_heat=revealed,
        regions=(region,) if revealed else (),
        doubtful=image_key % 2 == 0,
    )


keys = [int(key) for key in st.query_params["images"].split(",")]
revealed = "revealed" in st.query_params
stale = "stale" in st.query_params and st.session_state.setdefault("runs", 0) == 0
st.session_state["runs"] = st.session_state.get("runs", 0) + 1

with st.sidebar:
    st.button("Run again")
    st.markdown(f"Run {st.session_state['runs']}")
    second = st.toggle("The other image")

desk = Tickets(b"of a server that was restarted") if stale else tickets()
with st.container(horizontal=True, key="reading"), st.container(key="stage"):
    viewer(
        [shown(key, revealed=revealed, ticket=desk.issue(key, person().name, heat=revealed)) for key in keys],
        key="viewer",
        selected=keys[-1] if second else None,
    )
