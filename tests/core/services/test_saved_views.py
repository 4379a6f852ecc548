"""Saved views: they come back as they were, belong to one reader, and hold nothing of a patient."""

from datetime import UTC, datetime

import pytest

from core.errors import RequestError
from core.records import Answer, Status, WorklistFilter
from core.services.saved_views import LONGEST_NAME, MOST, remove_view, save_view, views
from core.services.site import Site
from core.store import saved_views
from tests.people import person

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
CHOSEN = WorklistFilter(
    status=frozenset({Status.UNREAD}),
    answers=frozenset({Answer.FRACTURE, None}),
    body_parts=frozenset({"WRIST", "HAND"}),
    flagged=True,
    include_synthetic=False,
)


def test_a_view_comes_back_as_it_was_and_only_to_its_owner(empty_site: Site) -> None:
    save_view(empty_site, "  My   wrists ", CHOSEN, actor=person("Dr. A"))
    assert views(empty_site, actor=person("Dr. A")) == {"My wrists": CHOSEN}
    assert views(empty_site, actor=person("Dr. B")) == {}
    remove_view(empty_site, "My wrists", actor=person("Dr. B"))
    assert views(empty_site, actor=person("Dr. A")) == {"My wrists": CHOSEN}
    remove_view(empty_site, "My wrists", actor=person("Dr. A"))
    assert views(empty_site, actor=person("Dr. A")) == {}


def test_the_same_name_replaces(empty_site: Site) -> None:
    save_view(empty_site, "Mine", CHOSEN, actor=person())
    save_view(empty_site, "Mine", WorklistFilter(), actor=person())
    assert views(empty_site, actor=person()) == {"Mine": WorklistFilter()}


def test_what_was_searched_for_and_days_are_not_kept(empty_site: Site) -> None:
    searched = WorklistFilter(text="Meier", received_from=NEW_YEAR, received_to=NEW_YEAR, flagged=True)
    save_view(empty_site, "Mine", searched, actor=person())
    assert views(empty_site, actor=person()) == {"Mine": WorklistFilter(flagged=True)}


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST_NAME + 1)])
def test_a_view_has_a_name(empty_site: Site, name: str) -> None:
    with pytest.raises(RequestError):
        save_view(empty_site, name, CHOSEN, actor=person())


def test_there_is_room_for_so_many(empty_site: Site) -> None:
    for number in range(MOST):
        save_view(empty_site, str(number), CHOSEN, actor=person())
    save_view(empty_site, "0", CHOSEN, actor=person())
    with pytest.raises(RequestError):
        save_view(empty_site, "one more", CHOSEN, actor=person())


def test_a_view_with_a_filter_that_is_no_more_keeps_the_others(empty_site: Site) -> None:
    with empty_site.database.session() as session:
        saved_views.put(session, "Dr. A", "Old", '{"flagged": true, "studied_from": null}')
    assert views(empty_site, actor=person("Dr. A")) == {"Old": WorklistFilter(flagged=True)}


def test_a_view_of_another_version_is_left_out(empty_site: Site) -> None:
    with empty_site.database.session() as session:
        saved_views.put(session, "Dr. A", "Old", '{"status": ["gone"]}')
    assert views(empty_site, actor=person("Dr. A")) == {}
