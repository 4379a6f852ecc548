"""Second reads on the pages: two blind readers, a lead who decides, and what a site with one read does not show."""

import pytest
from streamlit.testing.v1 import AppTest

from core.records import Opinion, Statement, Status, WorklistFilter
from core.rights import Role
from core.services import claim, review, saved_views
from core.services.site import Site
from dashboard import double_wording, wording
from tests.dashboard.conftest import READER, Screen, keys, press, texts
from tests.people import person


@pytest.fixture
def doubled(site: Site) -> Site:
    """The prepared site, where two readers read each case."""
    site.settings = site.settings.model_copy(update={"reads": 2})
    return site


def sign(test: AppTest, opinion: Opinion) -> AppTest:
    return press(press(test, f"opinion-{opinion}-"), "sign-")


def read(site: Site, key: int, name: str, opinion: Opinion) -> None:
    review.give_verdict(site, key, Statement(opinion, comment=f"seen by {name}"), actor=person(name, Role.READER))


def test_the_second_reader_learns_of_the_first_once_she_has_signed(screen: Screen, doubled: Site) -> None:
    key = keys(doubled)[0]
    read(doubled, key, "Dr. Before", Opinion.FRACTURE)
    test = screen("reading", doubled, Role.READER)
    assert test.session_state["study"] == key
    assert "Before" not in texts(test)
    assert "earlier read" not in texts(test)
    assert "91%" not in texts(test)
    told = texts(sign(test, Opinion.FRACTURE))
    assert not test.exception
    assert "seen by Dr\\. Before" in told
    assert "Fracture suspected" in told


def test_a_colleagues_flag_is_told_without_its_reason_until_she_has_signed(screen: Screen, doubled: Site) -> None:
    key = keys(doubled)[0]
    read(doubled, key, "Dr. Before", Opinion.FRACTURE)
    review.flag(doubled, key, actor=person("Dr. Before", Role.READER), reason="Displaced")
    test = screen("reading", doubled, Role.READER, study=key)
    assert "**⚑ Flagged**" in texts(test)
    assert "Displaced" not in texts(test)
    assert "**⚑ Displaced**" in texts(sign(test, Opinion.FRACTURE))


def test_a_colleague_who_has_the_case_open_is_told_without_her_name(screen: Screen, doubled: Site) -> None:
    key = keys(doubled)[0]
    claim.claim_case(doubled, key, actor=person("Dr. Before", Role.READER))
    told = texts(screen("reading", doubled, Role.READER, study=key))
    assert "A colleague** has had this case open" in told
    assert "Before" not in told


def test_the_second_reader_is_not_offered_to_take_back_what_stands(screen: Screen, doubled: Site) -> None:
    test = sign(screen("reading", doubled, Role.READER), Opinion.FRACTURE)
    assert [button for button in test.button if str(button.key).startswith("undo-")], "the first read can be"
    other = next(key for key in keys(doubled) if key != test.session_state["study"])
    read(doubled, other, "Dr. Before", Opinion.FRACTURE)
    test = sign(screen("reading", doubled, Role.READER, study=other), Opinion.FRACTURE)
    assert "seen by Dr\\. Before" in texts(test)
    assert not [button for button in test.button if str(button.key).startswith("undo-")]


def test_a_case_she_has_read_is_not_offered_again(screen: Screen, doubled: Site) -> None:
    first, second, *_ = keys(doubled)
    test = sign(screen("reading", doubled, Role.READER), Opinion.FRACTURE)
    assert test.session_state["study"] == first
    assert press(test, "next-").session_state["study"] == second
    assert READER not in str(review.open_case(doubled, first, actor=person("Dr. Other")))


def test_a_lead_decides_between_two_reads_without_names(screen: Screen, doubled: Site) -> None:
    key = keys(doubled)[0]
    read(doubled, key, "Dr. One", Opinion.FRACTURE)
    read(doubled, key, "Dr. Two", Opinion.NO_FRACTURE)
    test = screen("reading", doubled, Role.LEAD, study=key)
    told = texts(test)
    assert double_wording.ADJUDICATION in told
    assert double_wording.ADJUDICATION_TITLE in told
    assert "Fracture suspected" in told
    assert "Reader\N{NO-BREAK SPACE}1, before the AI" in told
    assert f"{READER}, " not in told
    told = texts(sign(test, Opinion.NO_FRACTURE))
    assert not test.exception
    assert "Dr\\. One, before the AI" in told
    assert "adjudication" in told
    sign(press(test, "change-"), Opinion.FRACTURE)
    *_, before, last = review.open_case(doubled, key, actor=person(READER, Role.LEAD)).verdicts
    assert [(each.opinion, each.adjudicates) for each in (before, last)] == [
        (Opinion.NO_FRACTURE, True),
        (Opinion.FRACTURE, True),
    ]


def test_a_reader_without_the_right_reads_it_blind(screen: Screen, doubled: Site) -> None:
    key = keys(doubled)[0]
    read(doubled, key, "Dr. One", Opinion.FRACTURE)
    read(doubled, key, "Dr. Two", Opinion.NO_FRACTURE)
    test = screen("reading", doubled, Role.READER, study=key)
    assert double_wording.ADJUDICATION not in texts(test)
    assert "Verdicts on this case" not in texts(test)


def test_the_worklist_counts_and_filters_where_a_case_waits(screen: Screen, doubled: Site) -> None:
    first, second, *_ = keys(doubled)
    read(doubled, first, "Dr. One", Opinion.FRACTURE)
    for name, opinion in (("Dr. One", Opinion.FRACTURE), ("Dr. Two", Opinion.UNCERTAIN)):
        read(doubled, second, name, opinion)
    test = screen("worklist", doubled, Role.READER)
    assert "◐ 1  ·  ◈ 1" in texts(test)
    test.button_group(key="status").set_value([Status.SECOND]).run()
    assert test.session_state["filters"].status == {Status.SECOND}
    assert "**1 case**" in texts(test)


def test_when_nothing_is_left_for_her_she_is_told_so(screen: Screen, doubled: Site) -> None:
    for key in keys(doubled):
        read(doubled, key, READER, Opinion.NO_FRACTURE)
    test = screen("worklist", doubled, Role.READER)
    test.button(key="read-next").click().run()
    assert [toast.value for toast in test.toast] == [double_wording.NONE_LEFT_FOR_YOU]
    assert double_wording.NONE_LEFT_FOR_YOU in texts(screen("reading", doubled, Role.READER))


def test_the_agreement_screen_tells_what_became_of_two_reads(screen: Screen, doubled: Site) -> None:
    agreed, settled, differing, once, alone, *_ = keys(doubled)
    for key, *said in (
        (agreed, Opinion.FRACTURE, Opinion.FRACTURE),
        (settled, Opinion.FRACTURE, Opinion.NO_FRACTURE),
        (differing, Opinion.FRACTURE, Opinion.UNCERTAIN),
        (once, Opinion.FRACTURE),
    ):
        for name, opinion in zip(("Dr. One", "Dr. Two"), said, strict=False):
            read(doubled, key, name, opinion)
    lead = person("Dr. Lead", Role.LEAD)
    review.give_verdict(doubled, settled, Statement(Opinion.FRACTURE), actor=lead, adjudicating=True)
    settings, doubled.settings = doubled.settings, doubled.settings.model_copy(update={"reads": 1})
    read(doubled, alone, "Dr. One", Opinion.FRACTURE)
    test = screen("agreement", doubled, Role.LEAD)
    test.toggle(key="agreement-synthetic").set_value(True).run()
    assert double_wording.TWO_READS not in texts(test)
    doubled.settings = settings
    shown = next(each.value for each in test.run().dataframe if "Of all readers" in each.value)
    assert dict(zip(shown["Of all readers"], shown["Cases"], strict=True)) == dict.fromkeys(double_wording.DOUBLES, 1)


def test_a_site_with_one_read_shows_none_of_it(screen: Screen, site: Site) -> None:
    test = screen("worklist", site)
    assert "second read" not in texts(test)
    shown = list(test.button_group(key="status").options)
    assert shown == [wording.STATUSES[status].text for status in (Status.UNREAD, Status.READ, Status.PENDING)]
    assert set(double_wording.statuses(1)) == {Status.UNREAD, Status.READ, Status.PENDING}
    assert double_wording.none_left(1) == wording.ALL_READ


def test_a_view_saved_with_two_reads_opens_with_one(screen: Screen, site: Site) -> None:
    kept = WorklistFilter(status=frozenset({Status.SECOND, Status.UNREAD}))
    saved_views.save_view(site, "Waiting", kept, actor=person(READER))
    test = screen("worklist", site)
    test.button(key="view-Waiting").click().run()
    assert not test.exception
    assert test.session_state["filters"].status == {Status.UNREAD}
