"""App: a server with nothing but the viewer on its page, the real routes, and the stored images of a test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import streamlit as st

from dashboard import resources
from dashboard.routes import routes
from dashboard.tickets import tickets
from tests.people import person

app = st.App(
    "main.py", routes=routes(resources.site, tickets(), health=lambda: {"status": "ok"}, who=lambda _: person())
)
