"""App: the server's entry: the pages of main.py, the sign-in and the routes of the viewer behind one gate."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # `streamlit run` puts only this folder on the path

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.middleware import Middleware

from core.errors import InvalidSettings, LucencyError
from dashboard import resources
from dashboard.download import download_routes
from dashboard.gate import Gate, who
from dashboard.page_head import PageHead
from dashboard.pages import load_screens
from dashboard.routes import routes
from dashboard.sign_in import sign_in_routes
from dashboard.single_sign_on import single_sign_on_routes
from dashboard.tickets import tickets

log = logging.getLogger("lucency")

OPEN_TO_ALL = (
    "Streamlit would listen on every interface, show errors in full or report its use: .streamlit/config.toml is not "
    "found, or is overruled. Start it in the project's folder, or keep the link dashboard/.streamlit that leads there."
)


def check_configuration() -> None:
    """Raise InvalidSettings where Streamlit's own defaults hold for what must not be left to them.

    It looks for its configuration in the folder where it was started and beside this file only.
    """
    private = st.get_option("client.showErrorDetails") == "none" and not st.get_option("browser.gatherUsageStats")
    if not (private and st.get_option("server.address")):
        raise InvalidSettings(OPEN_TO_ALL)


def health() -> Mapping[str, str]:
    """`ok` once pages can be served; `network` tells whether the AI is `loading`, `ready` or `unavailable`."""
    if resources.bundle_problem():
        return {"status": "ok", "network": "unavailable"}
    return {"status": "ok", "network": "ready" if resources.network() else "loading"}


def warm() -> None:
    """Open the store, begin to load the network, import the screens: the first case then waits for none of them."""
    try:
        resources.bundle_problem()
    except LucencyError as error:
        log.error("The site could not be opened: %s", error)
    load_screens()
    gc.freeze()  # Streamlit collects garbage after every run of a page: what is loaded for good need not be looked at


def close() -> None:
    """Stop what runs in the background, wait for the item at hand, and let the store go."""
    with suppress(LucencyError):
        resources.site().stop()
    resources.executor().shutdown(wait=True, cancel_futures=True)
    with suppress(LucencyError):
        resources.site().close()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Read the settings: wrong ones end the start. Warm up beside the first requests; let everything go at the end."""
    check_configuration()
    resources.settings()
    warming = asyncio.create_task(asyncio.to_thread(warm))
    yield
    await warming
    await asyncio.to_thread(close)


app = st.App(
    "main.py",
    routes=[
        *routes(resources.site, tickets(), health=health, who=who),
        *download_routes(resources.site, tickets(), who=who),
        *sign_in_routes(resources.site),
        *single_sign_on_routes(resources.site),
    ],
    lifespan=lifespan,
    middleware=[Middleware(Gate, site=resources.site), Middleware(PageHead)],
)
