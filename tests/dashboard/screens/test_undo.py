"""Undo on the reading page: one key leads back to the case whose verdict is taken back, with the form open."""

from dataclasses import replace
from datetime import timedelta

from streamlit.testing.v1 import AppTest

from core.records import Mark, Opinion, Statement, Status, Verdict, WorklistFilter
from core.services import review
from core.services.site import Site
from core.services.withdraw import UNDO_MINUTES
from core.store import worklist
from dashboard import reading_wording, state, wording
from tests.clock import Clock
from tests.dashboard.conftest import READER, Screen, keys, press, texts
from tests.people import person


def signed(test: AppTest, opinion: Opinion) -> AppTest:
    """Choose an opinion and sign it."""
    return press(press(test, f"opinion-{opinion}-"), "sign-")


def verdicts(site: Site, study: int) -> tuple[Verdict, ...]:
    """On record."""
    return review.open_case(site, study, actor=person(READER)).verdicts


def offered(test: AppTest) -> list[str]:
    """What the page offers to undo."""
    return [button.label for button in test.button if str(button.key).startswith("undo-")]


def test_nothing_signed_nothing_to_undo(screen: Screen, site: Site) -> None:
    assert offered(screen("reading", site)) == []


def test_from_the_next_case_back_to_the_one_before_with_the_form_open(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    first = test.session_state["study"]
    press(signed(test, Opinion.NO_FRACTURE), "next-")
    second = test.session_state["study"]
    assert offered(test) == [f"Undo: case {first}, no fracture"]
    press(test, "undo-")
    assert not test.exception
    assert (test.session_state["study"], test.session_state["reading"].case.study.key) == (first, first)
    assert "what you sign now counts as given after it" in texts(test)
    assert offered(test) == []
    assert verdicts(site, first)[0].withdrawn_at
    with site.database.reading() as session:
        rows = {row.study_key: row for row in worklist.page(session, WorklistFilter()).rows}
    assert (rows[first].status, rows[first].opinion) == (Status.UNREAD, None)
    signed(test, Opinion.FRACTURE)
    assert [(verdict.opinion, bool(verdict.withdrawn_at), verdict.after_ai) for verdict in verdicts(site, first)] == [
        (Opinion.NO_FRACTURE, True, False), (Opinion.FRACTURE, False, True)
    ]  # fmt: skip
    told = texts(test)
    assert "~~○ No fracture" in told
    assert f"**{reading_wording.WITHDRAWN.text}" in told
    assert press(test, "next-").session_state["study"] == second


def test_what_else_she_had_said_is_filled_in_and_the_opinion_is_not(screen: Screen, site: Site) -> None:
    study = keys(site)[0]
    image = review.open_case(site, study, actor=person(READER)).images[0].key
    marks = (Mark(image, 10, 12, 30, 40),)
    statement = Statement(Opinion.FRACTURE, "Sesamoid", "Spiral", 4, "Fat pad sign", marks)
    said = review.give_verdict(site, study, statement, actor=person(READER))
    test = press(screen("reading", site, signed=state.LastSigned(said)), "undo-")
    assert test.session_state["reading"].opinion is None
    assert test.session_state["reading"].marks == said.marks
    assert wording.SIGN_HELP in texts(press(test, "sign-"))
    signed(test, Opinion.FRACTURE)
    again = verdicts(site, study)[-1]
    assert again == replace(said, key=again.key, created_at=again.created_at)


def test_on_the_case_itself_a_second_verdict_is_taken_back_and_begun_anew(screen: Screen, site: Site) -> None:
    test = signed(screen("reading", site), Opinion.NO_FRACTURE)
    signed(press(test, "change-"), Opinion.FRACTURE)
    assert offered(test)[0].endswith("fracture")
    press(test, "undo-")
    assert "Your second verdict" in texts(test)
    study = test.session_state["study"]
    assert [bool(verdict.withdrawn_at) for verdict in verdicts(site, study)] == [False, True]
    assert offered(test) == [], "only the last one, and only once"


def test_a_verdict_that_stands_says_why_and_the_case_stays(screen: Screen, site: Site) -> None:
    clock = Clock(site.clock())
    site.clock = clock
    site.settings = site.settings.model_copy(update={"idle_minutes": 2.0 * UNDO_MINUTES})
    test = signed(screen("reading", site), Opinion.NO_FRACTURE)
    signed_first = test.session_state["study"]
    press(test, "next-")
    study = test.session_state["study"]
    clock.now += timedelta(minutes=UNDO_MINUTES + 1)
    press(test, "undo-")
    assert f"for {UNDO_MINUTES} minutes" in texts(test)
    assert test.session_state["study"] == study
    assert offered(test) == []
    assert [verdict.withdrawn_at for verdict in verdicts(site, signed_first)] == [None]


def test_a_colleagues_verdict_that_stands_in_the_way_is_shown(screen: Screen, site: Site) -> None:
    test = signed(screen("reading", site), Opinion.NO_FRACTURE)
    study = test.session_state["study"]
    review.give_verdict(site, study, Statement(Opinion.FRACTURE, comment="Cortical step"), actor=person("Dr. Other"))
    assert "Cortical step" not in texts(test)
    press(test, "undo-")
    told = texts(test)
    assert "A colleague has signed a verdict on this case since" in told
    assert "Cortical step" in told


def test_a_page_loaded_anew_still_offers_it_and_no_longer_than_it_can_be_taken_back(screen: Screen, site: Site) -> None:
    clock = Clock(site.clock())
    site.clock = clock
    site.settings = site.settings.model_copy(update={"idle_minutes": 2.0 * UNDO_MINUTES})
    test = signed(screen("reading", site), Opinion.NO_FRACTURE)
    assert offered(screen("reading", site)) == offered(test) != []
    clock.now += timedelta(minutes=UNDO_MINUTES + 1)
    assert offered(screen("reading", site)) == []


def test_the_last_case_of_the_list_can_be_taken_back_too(screen: Screen, site: Site) -> None:
    *others, last = keys(site)
    for study in others:
        review.give_verdict(site, study, Statement(Opinion.FRACTURE), actor=person("Dr. Other"))
    test = press(signed(screen("reading", site), Opinion.FRACTURE), "next-")
    assert "Nothing left to read" in texts(test)
    press(test, "undo-")
    assert test.session_state["reading"].case.study.key == last
    assert [button for button in test.button if str(button.key).startswith("sign-")]
