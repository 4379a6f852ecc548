"""Worklist: what is listed, what is filtered away, and the empty start."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import BundleUnavailable
from core.records import Answer, Opinion, Statement, Status, WorklistFilter, WorklistPage
from core.services import review
from core.services.key_image import choose_key_image
from core.services.site import Site
from core.services.triage import worklist
from core.store import failures, images, networks
from dashboard import resources, state
from dashboard.days import days
from dashboard.double_wording import statuses
from dashboard.screens.worklist import summary
from tests.dashboard.conftest import BUNDLE, READER, Screen, keys, texts
from tests.people import person


def test_the_counts_are_told(screen: Screen, site: Site) -> None:
    test = screen("worklist", site)
    assert f"**{len(keys(site))} cases**" in texts(test)
    assert not test.exception


def test_search_and_filters_narrow_the_list_and_the_next_case(screen: Screen, site: Site) -> None:
    test = screen("worklist", site)
    test.text_input(key="search").input("TEST-0002").run()
    assert "**1 case**" in texts(test)
    assert test.session_state["filters"] == WorklistFilter(text="TEST-0002")


def test_filters_by_status_priority_flag_and_body_part(screen: Screen, site: Site) -> None:
    review.flag(site, keys(site)[0], actor=person(READER), reason="Look again")
    test = screen("worklist", site)
    test.toggle(key="flagged").set_value(True).run()
    assert "**1 case**" in texts(test)
    test.toggle(key="flagged").set_value(False)
    test.button_group(key="priority").set_value([Answer.FRACTURE]).run()
    fractures = worklist(site, WorklistFilter(answers=frozenset({Answer.FRACTURE})), actor=person()).total
    assert test.session_state["filters"].answers == {Answer.FRACTURE}
    assert f"**{fractures} case" in texts(test)


def test_medium_lists_what_the_ai_failed_on_as_it_ranks_there(screen: Screen, site: Site) -> None:
    with site.database.session() as session:
        [image] = images.of_study(session, keys(site)[-1])
        failures.add(session, image.key, bundle=BUNDLE, error_class="BlobDamaged", message="-", at=site.clock())
    doubts = worklist(site, WorklistFilter(answers=frozenset({Answer.DOUBT})), actor=person()).total
    test = screen("worklist", site)
    test.button_group(key="priority").set_value([Answer.DOUBT]).run()
    assert f"**{doubts + 1} cases**" in texts(test)


def test_received_means_days_of_the_readers_own_time(
    screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "zone", lambda: ZoneInfo("Europe/Berlin"))
    test = screen("worklist", site)
    change_of_clocks = date(2026, 3, 29)
    test.date_input(key="received").set_value([change_of_clocks, change_of_clocks]).run()
    chosen = test.session_state["filters"]
    assert chosen.received_from == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert chosen.received_to == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert "No case matches" in texts(test)


def test_studies_with_a_key_image_are_found_and_the_filter_is_saved(screen: Screen, site: Site) -> None:
    image = review.open_case(site, keys(site)[2], actor=person(READER)).images[0]
    choose_key_image(site, image.key, chosen=True, actor=person(READER))
    test = screen("worklist", site)
    test.toggle(key="key_images").set_value(True).run()
    assert "**1 case**" in texts(test)
    test.text_input(key="view-name").input("Teaching")
    next(button for button in test.button if button.label == "Save").click()
    test.run()
    test.toggle(key="key_images").set_value(False).run()
    assert f"**{len(keys(site))} cases**" in texts(test)
    assert "**1 case**" in texts(test.button(key="view-Teaching").click().run())


def test_nothing_found_says_so(screen: Screen, site: Site) -> None:
    test = screen("worklist", site)
    test.text_input(key="search").input("no such patient").run()
    assert "No case matches" in texts(test)


def test_an_empty_store_offers_samples_and_adds_them(screen: Screen, empty_site: Site) -> None:
    test = screen("worklist", empty_site)
    assert "The worklist is empty" in texts(test)
    next(button for button in test.button if button.label == "Add sample studies").click()
    test.run(timeout=90)
    assert worklist(empty_site, WorklistFilter(), actor=person()).total >= 6
    assert "The worklist is empty" not in texts(test)
    assert all(row.synthetic for row in worklist(empty_site, WorklistFilter(), actor=person()).rows)


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases a page: four pages of the site's seven, six of them unread."""
    monkeypatch.setattr("dashboard.screens.worklist.PAGE_SIZE", 2)


def listed(test: AppTest) -> list[int]:
    """The cases on the page, in their order."""
    drawn = [json.loads(each.proto.json) for each in test.get("bidi_component")]
    (table,) = (data for data in drawn if "lines" in data)
    return [line["key"] for line in table["lines"]]


@pytest.mark.usefixtures("pages_of_two")
def test_a_page_is_turned_and_a_changed_filter_starts_at_the_first(
    screen: Screen, site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("streamlit"), "propagate", True)
    test = screen("worklist", site)
    assert listed(test) == keys(site)[:2]
    assert "page 1 of 4" in texts(test)
    test.pagination(key="page").set_value(3).run()
    assert "page 3 of 4" in texts(test)
    assert listed(test) == keys(site)[4:6]
    test.button_group(key="status").set_value([Status.UNREAD]).run()
    assert (test.pagination(key="page").value, listed(test)) == (1, keys(site)[:2])
    assert (test.run().pagination(key="page").value, listed(test)) == (1, keys(site)[:2])
    assert not [record for record in caplog.records if record.name.startswith("streamlit.elements")]


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("read", [2, 4])
def test_when_the_last_page_empties_the_one_before_it_is_shown(screen: Screen, site: Site, read: int) -> None:
    test, unread = screen("worklist", site), keys(site)[:6]
    test.button_group(key="status").set_value([Status.UNREAD]).run()
    test.pagination(key="page").set_value(3).run()
    for key in unread[:read]:
        review.give_verdict(site, key, Statement(Opinion.NO_FRACTURE), actor=person(READER))
    test.run()
    assert not test.error
    assert f"**{6 - read} cases**" in texts(test)
    assert listed(test) == unread[4:]


@pytest.mark.usefixtures("pages_of_two")
def test_she_comes_back_to_the_page_she_left(dashboard: Callable[..., AppTest], site: Site) -> None:
    test = dashboard(site)
    test.pagination(key="page").set_value(2).run()
    test.button(key="read-next").click().run()
    test.button(key="back").click().run()
    assert (test.pagination(key="page").value, listed(test)) == (2, keys(site)[2:4])


def test_a_missing_network_is_told_but_stops_nothing(
    screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = screen("worklist", site)
    monkeypatch.setattr(resources, "bundle_problem", lambda: BundleUnavailable("There is no bundle."))
    test.run()
    assert "The AI is not available" in texts(test)
    assert test.button(key="read-next")


def test_that_another_network_has_still_to_look_is_told(screen: Screen, site: Site) -> None:
    assert "Another AI network" not in texts(screen("worklist", site))
    with site.database.session() as session:
        networks.use(session, "other-1", actor="server", at=site.clock())
    answered = worklist(site, WorklistFilter(status=frozenset({Status.UNREAD})), actor=person()).total
    assert f"look at {answered} cases not read yet" in texts(screen("worklist", site))


def test_when_all_is_read_there_is_no_next_case(screen: Screen, site: Site) -> None:
    for key in keys(site):
        review.give_verdict(site, key, Statement(Opinion.NO_FRACTURE), actor=person(READER))
    test = screen("worklist", site)
    test.button(key="read-next").click().run()
    assert [toast.value for toast in test.toast] == ["Everything in this list is read."]


def test_the_summary_names_every_status() -> None:
    shown = WorklistPage((), 3, {Status.UNREAD: 2, Status.READ: 1})
    assert summary(shown, statuses(1)) == "**3 cases**  ·  ● 2 unread  ·  ✓ 1 read  ·  … 0 analysing"


@pytest.mark.parametrize(
    ("chosen", "first", "last"),
    [
        ((), None, None),
        (None, None, None),
        ((date(2026, 1, 1),), date(2026, 1, 1), None),
        ((date(2026, 1, 1), date(2026, 1, 5)), date(2026, 1, 1), date(2026, 1, 5)),
        (date(2026, 1, 1), date(2026, 1, 1), None),
    ],
)
def test_a_date_field_may_be_half_filled_in(chosen: object, first: date | None, last: date | None) -> None:
    assert days(chosen) == (first, last)  # type: ignore[arg-type]


def test_filters_are_saved_under_a_name_and_come_back_with_a_click(screen: Screen, site: Site) -> None:
    test = screen("worklist", site)
    test.button_group(key="priority").set_value([Answer.FRACTURE]).run()
    narrowed = test.session_state["filters"]
    test.text_input(key="view-name").input("*Urgent*")
    next(button for button in test.button if button.label == "Save").click()
    test.run()
    test.button_group(key="priority").set_value([]).run()
    assert test.session_state["filters"] != narrowed
    assert test.button(key="view-*Urgent*").label == r"\*Urgent\*", "a name, not Markdown"
    test.button(key="view-*Urgent*").click().run()
    assert not test.exception
    assert test.session_state["filters"] == narrowed
    test.button(key="drop-*Urgent*").click().run()
    assert "view-*Urgent*" not in [button.key for button in test.button]
