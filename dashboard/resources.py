"""Resources: what all sessions of this server share: the settings, the site and the threads for background work."""

from concurrent.futures import Executor, ThreadPoolExecutor

import streamlit as st

from core.errors import BundleUnavailable
from core.services.network import NetworkFacts, network_facts
from core.services.site import Site, open_site
from core.services.warm_up import WarmUp
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
    """Threads for imports, for answers that are still wanting, and for fetching the next case ahead."""
    return ThreadPoolExecutor(max_workers=3, thread_name_prefix="lucency")


@st.cache_resource(show_spinner=False)
def _warm_up() -> WarmUp:
    return WarmUp(site(), executor())


def bundle_problem() -> BundleUnavailable | None:
    """Why the network cannot be used, or None; also None while it is still being loaded, so that no page waits."""
    return _warm_up().problem()


def network() -> NetworkFacts | None:
    """The facts of the bundle in use, or None while it is being loaded or cannot be."""
    return network_facts(site()) if _warm_up().ready else None
