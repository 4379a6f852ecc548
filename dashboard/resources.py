"""Resources: what all sessions of this server share: the settings, the site and the threads for background work."""

from concurrent.futures import Executor, ThreadPoolExecutor

import streamlit as st

from core.services.site import Site, open_site
from core.settings import Settings


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The site's choices, read once."""
    return Settings()


@st.cache_resource(show_spinner=False)
def site() -> Site:
    """The store, the decoding worker and the network of this server."""
    return open_site(settings())


@st.cache_resource(show_spinner=False)
def executor() -> Executor:
    """Threads for imports and for fetching the next case ahead."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="lucency")
