"""Export: the preview is the file, identifiers stay unless asked for, and a name is needed."""

import tomllib
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import NotAllowed
from core.records import Opinion, Statement
from core.rights import Role
from core.services import review
from core.services.export import ExportOptions, export_table
from core.services.site import Site
from core.store import accounts, sign_ins, studies
from dashboard import exchange_wording, state
from dashboard.download import file_name, table
from dashboard.gate import SignedOut, signed_in
from dashboard.tickets import tickets
from tests.conftest import PROJECT_ROOT
from tests.dashboard.conftest import READER, SESSION, Screen, keys, texts
from tests.people import person


@pytest.fixture
def read_site(site: Site) -> Site:
    """The first case read and flagged, the second read."""
    first, second, *_ = keys(site)
    review.give_verdict(site, first, Statement(Opinion.NO_FRACTURE), actor=person(READER))
    review.flag(site, first, actor=person(READER), reason="=HYPERLINK(1)")
    review.give_verdict(site, second, Statement(Opinion.FRACTURE), actor=person(READER))
    return site


def handed(test: AppTest, site: Site) -> bytes:
    """What the link on the page answers at a click."""
    [button] = test.get("link_button")
    ticket = unquote(str(button.proto.url).rpartition("/")[2])
    return bytes(table(site, tickets(), ticket, signed_in(site, SESSION).actor).body)


def test_the_preview_holds_the_flagged_cases_without_identifiers(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site)
    shown = test.dataframe[0].value
    assert list(shown["reader_opinion"]) == ["no_fracture"]
    assert "**1 case**" in texts(test)
    assert "patient_name" not in shown.columns
    assert "TEST-0" not in shown.to_csv()


def test_the_preview_is_what_the_service_writes(screen: Screen, read_site: Site) -> None:
    shown = screen("export", read_site).dataframe[0].value
    table = export_table(read_site, ExportOptions(), actor=person())
    assert tuple(shown.columns) == table.header
    assert [tuple(map(str, row)) for row in shown.itertuples(index=False)] == [
        tuple(map(str, row)) for row in table.rows
    ]


def test_identifiers_come_with_a_warning_and_in_the_file_only(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site)
    assert exchange_wording.IDENTIFIERS_NOT_SHOWN not in texts(test)
    test.toggle(key="export-identifiers").set_value(True).run()
    assert exchange_wording.IDENTIFIERS_WARNING in texts(test)
    assert exchange_wording.IDENTIFIERS_NOT_SHOWN in texts(test)
    assert "patient_name" not in test.dataframe[0].value.columns
    assert b"patient_name" in handed(test, read_site)


def test_the_download_goes_by_what_she_may_at_the_click(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site, Role.LEAD).toggle(key="export-identifiers").set_value(True).run()
    assert b"patient_name" in handed(test, read_site)
    with read_site.database.session() as rows:
        account = accounts.by_name(rows, READER)
        assert account is not None
        accounts.set_roles(rows, account.key, [Role.READER])
    with pytest.raises(NotAllowed):
        handed(test, read_site)
    with read_site.database.session() as rows:
        sign_ins.end_all(rows, account.key)
    with pytest.raises(SignedOut):
        handed(test, read_site)


def test_the_file_holds_what_the_filters_chose(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site)
    test.toggle(key="export-flagged").set_value(False).run()
    test.multiselect(key="export-opinions").set_value([Opinion.FRACTURE]).run()
    now = read_site.clock().date()
    test.date_input(key="export-received").set_value([now - timedelta(days=2), now + timedelta(days=2)]).run()
    assert handed(test, read_site).decode("utf-8-sig").count("\r\n") == 1 + len(test.dataframe[0].value) == 2


def test_the_table_on_the_screen_is_not_copied_past_the_audit() -> None:
    config = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["client"]["disableDataExport"] is True
    assert st.get_option("client.disableDataExport") is not None, "this Streamlit knows the option"


def test_filters_choose_the_cases(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site)
    test.toggle(key="export-flagged").set_value(False).run()
    assert f"**{len(keys(read_site))} cases**" in texts(test)
    test.multiselect(key="export-opinions").set_value([Opinion.FRACTURE]).run()
    assert "**1 case**" in texts(test)
    assert list(test.dataframe[0].value["reader_opinion"]) == ["fracture"]


def test_only_where_reader_and_ai_contradict_each_other(screen: Screen, read_site: Site) -> None:
    """Of the cases read, the AI is in doubt about the second; flagged or not makes no difference here."""
    test = screen("export", read_site)
    test.toggle(key="export-flagged").set_value(False).run()
    test.multiselect(key="export-opinions").set_value([Opinion.NO_FRACTURE, Opinion.FRACTURE]).run()
    assert "**2 cases**" in texts(test)
    test.toggle(key="export-disagreements").set_value(True).run()
    assert "**1 case**" in texts(test)
    assert list(test.dataframe[0].value["agreement"]) == ["disagree"]


def test_a_lead_is_told_how_cases_leave_for_a_training(screen: Screen, site: Site) -> None:
    assert exchange_wording.EXPORT_FOR_TRAINING in texts(screen("export", site, Role.LEAD))


def test_only_the_first_cases_of_many_are_shown(
    screen: Screen, read_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.screens.export.PREVIEWED", 2)
    test = screen("export", read_site)
    assert "The first 2 cases" not in texts(test)
    test.toggle(key="export-flagged").set_value(False).run()
    assert f"**{len(keys(read_site))} cases**" in texts(test)
    assert "The first 2 cases are shown" in texts(test)
    assert len(test.dataframe[0].value) == 2


@pytest.mark.parametrize(("hours", "listed"), [(14, 1), (-12, 0)])
def test_received_means_days_of_the_readers_own_time(
    screen: Screen, read_site: Site, monkeypatch: pytest.MonkeyPatch, hours: int, listed: int
) -> None:
    """Where the day begins first and where it begins last never have the same day."""
    first = timezone(timedelta(hours=14))
    with read_site.database.reading() as rows:
        day = studies.get(rows, keys(read_site)[0]).received_at.astimezone(first).date()
    monkeypatch.setattr(state, "zone", lambda: timezone(timedelta(hours=hours)))
    test = screen("export", read_site)
    test.date_input(key="export-received").set_value([day, day]).run()
    assert len(test.dataframe) == listed


def test_nothing_to_export_says_so(screen: Screen, site: Site) -> None:
    test = screen("export", site)
    assert exchange_wording.EXPORT_EMPTY in texts(test)
    assert not test.dataframe


def test_a_reader_exports_without_identifiers_only(screen: Screen, read_site: Site) -> None:
    test = screen("export", read_site, Role.READER)
    assert "export-identifiers" not in [toggle.key for toggle in test.toggle]
    assert exchange_wording.EXPORT_FOR_TRAINING not in texts(test)
    assert "not open to your account" in texts(screen("export", read_site, Role.ADMIN))


def test_the_files_name_tells_when_but_not_whom() -> None:
    now = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    assert file_name(now, identifiers=False) == "lucency-deidentified-20260301-120005.csv"
    assert "-identified-" in file_name(now, identifiers=True)
