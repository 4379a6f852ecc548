"""Boundary: a failure becomes words; the log finds it, and neither shows what the exception held."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

HELD = "Marsh^Ada"


def failing(kind: str) -> None:
    """A page that fails. `AppTest` runs its source alone, so its imports stand inside."""
    from core.errors import StoreUnavailable
    from dashboard.parts.boundary import guarded

    @guarded
    def page() -> None:
        raise StoreUnavailable("The database is locked.") if kind == "known" else ValueError("Marsh^Ada")

    page()


def test_a_known_failure_says_what_happened_and_what_to_do() -> None:
    (shown,) = AppTest.from_function(failing, args=("known",)).run().error
    assert "The database cannot be reached" in shown.value
    assert "The database is locked." in shown.value
    assert "Try again in a moment." in shown.value


def test_a_defect_shows_a_reference_that_the_log_knows(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "lucency.dashboard"):
        test = AppTest.from_function(failing, args=("unknown",)).run()
    (shown,) = test.error
    reference = shown.value.rpartition("Reference `")[2].rstrip("`")
    assert not test.exception
    assert reference in caplog.text
    assert "ValueError at page (" in caplog.text
    assert HELD not in shown.value + caplog.text
