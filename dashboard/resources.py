"""Resources: what all sessions of this server share: settings, site, threads for background work, and imports."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.errors import BundleUnavailable
from core.jobs import Job
from core.records import Receipt
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
    return open_site(settings(), create=False)


@st.cache_resource(show_spinner=False)
def executor() -> Executor:
    """Threads for imports, for answers that are still wanting, and for fetching the next case ahead."""
    return ThreadPoolExecutor(max_workers=3, thread_name_prefix="lucency")


@dataclass(frozen=True, slots=True)
class Import:
    """An import somebody started, and when."""

    job: Job[Receipt]
    started: datetime


@st.cache_resource(show_spinner=False)
def imports() -> dict[str, Import]:
    """The last import of each account, by its name, until it is cleared: her page may be loaded anew meanwhile."""
    return {}


@st.cache_resource(show_spinner=False)
def _warm_up() -> WarmUp:
    return WarmUp(site(), executor())


def bundle_problem() -> BundleUnavailable | None:
    """Why the network cannot be used, or None; also None while it is still being loaded, so that no page waits."""
    return _warm_up().problem()


def network() -> NetworkFacts | None:
    """The facts of the bundle in use, or None while it is being loaded or cannot be."""
    return network_facts(site()) if _warm_up().ready else None
