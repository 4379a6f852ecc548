"""Resources: what all sessions of this server share: the settings, the site and the threads for background work."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import streamlit as st

from core.errors import BundleUnavailable
from core.services.network import NetworkFacts, network_facts
from core.services.site import Site, open_site
from core.settings import Settings, settings_from_environment


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The site's choices, read once."""
    return settings_from_environment()


@st.cache_resource(show_spinner=False)
def site() -> Site:
    """The store, the decoding worker and the network of this server."""
    return open_site(settings())


@st.cache_resource(show_spinner=False)
def executor() -> Executor:
    """Threads for imports and for fetching the next case ahead."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="lucency")


@st.cache_resource(show_spinner=False)
def _bundle_check() -> Future[BundleUnavailable | None]:
    return executor().submit(site().bundle_problem)


def bundle_problem() -> BundleUnavailable | None:
    """Why the network cannot be used, or None; also None while it is still being loaded, so that no page waits."""
    check = _bundle_check()
    return check.result() if check.done() else None


def network() -> NetworkFacts | None:
    """The facts of the bundle in use, or None while it is being loaded or cannot be."""
    check = _bundle_check()
    return network_facts(site()) if check.done() and check.result() is None else None
