"""The next case, and what is not signed: the most urgent one comes first, and no key drops work without a word."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.records import Answer, Mark, Opinion, Statement, WorklistFilter
from core.services import claim, review
from core.services.marks import MOST_MARKS
from core.services.site import Site
from core.services.triage import worklist
from core.services.unsigned_read import unsigned_read
from core.store import findings, images
from dashboard import key_wording, list_wording, next_case, reading_wording, wording
from dashboard.parts.unsigned import form_key
from tests.core.services.films import film, stored
from tests.dashboard.conftest import READER, Screen, finding, keys, press, texts
from tests.people import person

BEFORE_LEAVING = reading_wording.not_signed("next_case", sign="s", again="n")
BEFORE_UNDO = reading_wording.not_signed("undo", sign="s", again="u")
Say = Callable[[AppTest], object]


def study(test: AppTest) -> int:
    """The case on the screen."""
    key: int = test.session_state["study"]
    return key


def form(test: AppTest) -> str:
    """How the keys of the form's fields end."""
    return form_key(test.session_state["reading"])


def ahead(test: AppTest) -> int:
    """The case whose images the browser loads."""
    (image,) = test.session_state["reading"].following
    return int(image.study_key)


def arrives(site: Site, number: int, answer: Answer) -> int:
    """A study that comes in now, and the AI has answered."""
    [image] = stored(site, film(number, study=number, BodyPartExamined="WRIST"))
    with site.database.session() as session:
        findings.add(session, finding(image, answer, 0.9), at=site.clock())
        return images.get(session, image).study_key


def choose(test: AppTest) -> None:
    """An opinion."""
    press(test, f"opinion-{Opinion.UNCERTAIN}-")


def mark(test: AppTest) -> None:
    """A mark, as the viewer hands it over."""
    held = test.session_state["reading"]
    held.marks = (*held.marks, Mark(held.case.images[0].key, 10, 12, 30, 40))


def comment(test: AppTest) -> None:
    """A comment."""
    test.text_area(key=f"comment-{form(test)}").input("Fat pad sign").run()


class TestOrder:
    """N takes the case at the top of the list; those she skipped come when nothing else is left."""

    def test_an_urgent_case_that_comes_in_while_she_reads_is_next(self, screen: Screen, site: Site) -> None:
        test = press(press(screen("reading", site), "next-"), "next-")
        assert study(test) == keys(site)[2]
        urgent = arrives(site, 8, Answer.FRACTURE)
        assert study(press(test, "next-")) == urgent
        assert study(press(test, "next-")) == keys(site)[4], "the three above it are skipped"

    def test_skipping_visits_every_case_before_any_comes_again(self, screen: Screen, site: Site) -> None:
        test, seen = screen("reading", site), list[int]()
        for _ in range(2 * len(keys(site))):
            seen.append(study(test))
            expected = ahead(test)
            assert study(press(test, "next-")) == expected, "what was loaded ahead is what comes"
        assert seen == 2 * keys(site)

    def test_a_case_signed_after_all_is_no_longer_a_skipped_one(self, screen: Screen, site: Site) -> None:
        test = press(screen("reading", site), "next-")
        first, second, *_ = keys(site)
        assert test.session_state["skipped"] == {first}
        again = press(press(screen("reading", site, study=first, skipped={first}), "opinion-no_fracture-"), "sign-")
        assert again.session_state["skipped"] == set()
        assert study(press(again, "next-")) == second

    def test_read_next_on_the_worklist_passes_over_what_was_skipped_too(self, screen: Screen, site: Site) -> None:
        first, second, *_ = keys(site)
        test = screen("worklist", site, skipped={first})
        test.button(key="read-next").click().run()
        assert study(test) == second

    def test_a_second_press_at_the_case_before_passes_over_none(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        first, second, *_ = keys(site)
        assert study(test) == first
        test.session_state["study"] = second  # as the first press left it, and its page is not drawn yet
        assert study(press(test, "next-")) == second
        assert test.session_state["skipped"] == set()


class TestUnsignedOnTheWorklist:
    """Another case opens at once, and what she has said of the one before is kept and marked in its row."""

    def left(self, screen: Screen, site: Site, say: Say) -> AppTest:
        """The worklist after she has said something of the second case and gone back; the first one is on top."""
        reading = screen("reading", site, study=keys(site)[1])
        say(reading)
        kept = ("study", "reading", f"comment-{form(reading)}")
        return screen("worklist", site, **{name: reading.session_state[name] for name in kept})

    @pytest.mark.parametrize("say", [choose, mark, comment])
    def test_another_case_opens_at_once_and_the_work_is_kept(self, screen: Screen, site: Site, say: Say) -> None:
        first, second, *_ = keys(site)
        test = self.left(screen, site, say)
        test.button(key="read-next").click().run()
        assert not test.exception
        assert study(test) == first
        assert "reading" not in test.session_state
        assert [row.study_key for row in worklist(site, WorklistFilter(), actor=person(READER)).rows if row.begun] == [
            second
        ]
        assert [row.begun for row in worklist(site, WorklistFilter(), actor=person("Dr. Other")).rows] == 7 * [False]

    def test_the_same_case_opens_at_once_and_nothing_is_kept_of_one_untouched(self, screen: Screen, site: Site) -> None:
        first, second, *_ = keys(site)
        reading = screen("reading", site, study=first)
        mark(reading)
        test = screen("worklist", site, study=first, reading=reading.session_state["reading"])
        test.button(key="read-next").click().run()
        assert len(test.session_state["reading"].marks) == 1
        untouched = self.left(screen, site, lambda _: None)
        assert study(untouched.button(key="read-next").click().run()) == first
        assert unsigned_read(site, second, actor=person(READER)) is None


class TestUnsigned:
    """The first press tells, the second one leaves the case and keeps what was said."""

    @pytest.mark.parametrize("say", [choose, mark, comment])
    def test_next_tells_first_and_leaves_at_the_second_press(self, screen: Screen, site: Site, say: Say) -> None:
        test = screen("reading", site)
        first, second, *_ = keys(site)
        say(test)
        press(test, "next-")
        assert study(test) == first
        assert BEFORE_LEAVING in texts(test)
        assert study(press(test, "next-")) == second
        assert BEFORE_LEAVING not in texts(test)
        assert review.open_case(site, first, actor=person(READER)).verdicts == ()

    def test_what_she_says_after_the_word_is_not_dropped_either(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        choose(test)
        press(test, "next-")
        comment(test)
        assert BEFORE_LEAVING not in texts(test)
        press(test, "next-")
        assert BEFORE_LEAVING in texts(test)
        assert study(test) == keys(site)[0]
        press(test, "sign-")
        assert BEFORE_LEAVING not in texts(test)
        assert study(press(test, "next-")) == keys(site)[0], "signed, the first one stands last"

    def test_a_second_verdict_that_is_only_begun_is_told_and_one_untouched_is_not(
        self, screen: Screen, site: Site
    ) -> None:
        test = screen("reading", site)
        mark(test)
        press(press(test, f"opinion-{Opinion.FRACTURE}-"), "sign-")
        press(test, "change-")
        choose(test)
        assert BEFORE_LEAVING in texts(press(test, "next-"))
        again = press(press(screen("reading", site), "discard-"), "change-")
        assert study(press(again, "next-")) == keys(site)[0], "with her marks of before and nothing new"

    @pytest.mark.parametrize("say", [choose, mark, comment])
    def test_undo_tells_first_and_takes_back_at_the_second_press(self, screen: Screen, site: Site, say: Say) -> None:
        test = screen("reading", site)
        first = study(test)
        press(press(press(test, f"opinion-{Opinion.NO_FRACTURE}-"), "sign-"), "next-")
        second = study(test)
        say(test)
        press(test, "undo-")
        assert study(test) == second
        assert BEFORE_UNDO in texts(test)
        assert review.open_case(site, first, actor=person(READER)).verdicts[0].withdrawn_at is None
        assert BEFORE_LEAVING in texts(press(test, "next-")), "each key tells what it does"
        assert study(press(press(test, "undo-"), "undo-")) == first
        assert review.open_case(site, first, actor=person(READER)).verdicts[0].withdrawn_at

    def test_a_second_press_at_undo_takes_back_nothing_else(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        first = study(test)
        second = study(press(press(press(test, f"opinion-{Opinion.NO_FRACTURE}-"), "sign-"), "next-"))
        test.session_state["signed"].verdict = None  # as the first press left it, and its page is not drawn yet
        assert study(press(test, "undo-")) == second
        assert not test.exception
        assert review.open_case(site, first, actor=person(READER)).verdicts[0].withdrawn_at is None

    def test_a_verdict_taken_back_and_not_begun_anew_is_left_at_once(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        mark(test)
        comment(test)
        press(press(test, f"opinion-{Opinion.FRACTURE}-"), "sign-")
        press(test, "undo-")
        first = study(test)
        assert test.text_area(key=f"comment-{form(test)}").value == "Fat pad sign"
        assert study(press(test, "next-")) != first, "all of it is on record"

    def test_a_key_she_has_given_away_is_told_by_what_it_does(self) -> None:
        told = reading_wording.not_signed("next_case", sign="s", again="")
        words = key_wording.WORDS["next_case"]
        assert told == f"Not signed: S signs, “{words}” again leaves the case and keeps this for you."


class TestNothingLeft:
    """Why there is no next case is told as it is."""

    def test_filters_are_named_and_cleared_with_one_button(self, dashboard: Callable[..., AppTest], site: Site) -> None:
        test = dashboard(site)
        test.button_group(key="priority").set_value([Answer.NONE])
        test.toggle(key="synthetic").set_value(False)
        test.text_input(key="search").input("TEST-0003").run()
        press(test, "read-next")
        press(press(press(test, f"opinion-{Opinion.NO_FRACTURE}-"), "sign-"), "next-")
        assert f"{wording.ALL_READ} {list_wording.FILTERED}" in texts(test)
        press(test, "clear-filters")
        assert study(test) == keys(site)[0]
        assert test.session_state["filters"] == WorklistFilter()
        press(test, "back")
        assert not test.exception
        assert (test.text_input(key="search").value, test.toggle(key="synthetic").value) == ("", True)
        assert test.button_group(key="priority").value == []
        assert f"**{len(keys(site))} cases**" in texts(test)

    def test_cases_that_colleagues_have_open_are_not_called_read(self, screen: Screen, site: Site) -> None:
        first, *others = keys(site)
        review.give_verdict(site, first, Statement(Opinion.FRACTURE), actor=person(READER))
        for key in others:
            claim.claim_case(site, key, actor=person("Dr. Other"))
        told = texts(screen("reading", site))
        assert list_wording.NOTHING_FREE in told
        assert f"open with colleagues: {len(others)} cases." in told
        assert wording.ALL_READ not in told
        test = screen("worklist", site)
        test.button(key="read-next").click().run()
        assert [toast.value for toast in test.toast] == [list_wording.none_left(1, held_back=6, filtered=False)]

    def test_without_filters_there_is_nothing_to_clear(self, screen: Screen, empty_site: Site) -> None:
        test = screen("reading", empty_site)
        assert wording.ALL_READ in texts(test)
        assert list_wording.FILTERED not in texts(test)
        assert not [button for button in test.button if button.key == "clear-filters"]


class TestThereAndBack:
    """Another page and back: the case is as she left it."""

    def test_all_that_she_entered_is_still_there(self, dashboard: Callable[..., AppTest], site: Site) -> None:
        test = press(dashboard(site), "read-next")
        said(test)
        key, marks = form(test), test.session_state["reading"].marks
        press(press(test, "back"), "read-next")
        assert form(test) == key
        assert test.session_state["reading"].marks == marks
        same_again(site, press(test, "sign-"))

    def test_what_was_left_unsigned_is_there_when_the_case_is_opened_again(
        self, dashboard: Callable[..., AppTest], site: Site
    ) -> None:
        test = press(dashboard(site), "read-next")
        first = study(test)
        said(test)
        press(press(test, "next-"), "next-")
        while study(test) != first:
            press(test, "next-")
        assert reading_wording.BEGUN.partition(" ")[0] in texts(test)
        assert BEFORE_LEAVING not in texts(test)
        same_again(site, press(test, "sign-"))


def said(test: AppTest) -> None:
    """All that a form holds."""
    press(test, f"opinion-{Opinion.FRACTURE}-")
    mark(test)
    key = form(test)
    test.selectbox(key=f"region-{key}").set_value("Elbow")
    test.selectbox(key=f"type-{key}").set_value("Spiral")
    test.button_group(key=f"confidence-{key}").set_value(4)
    comment(test)


def same_again(site: Site, test: AppTest) -> None:
    """It is what was signed."""
    assert not test.exception
    (verdict,) = review.open_case(site, study(test), actor=person(READER)).verdicts
    marks = (Mark(verdict.marks[0].image_key, 10, 12, 30, 40),)
    assert verdict.alone() == Statement(Opinion.FRACTURE, "Elbow", "Spiral", 4, "Fat pad sign", marks)
    assert unsigned_read(site, study(test), actor=person(READER)) is None


class TestKept:
    """What is not signed is there again on a page loaded anew, until it is signed, emptied or discarded."""

    def test_a_page_loaded_anew_goes_on_where_she_was(self, screen: Screen, site: Site) -> None:
        said(screen("reading", site))
        again = screen("reading", site)
        assert again.session_state["reading"].opinion is Opinion.FRACTURE
        same_again(site, press(again, "sign-"))

    def test_nobody_else_finds_it(self, screen: Screen, site: Site) -> None:
        said(screen("reading", site))
        assert unsigned_read(site, keys(site)[0], actor=person("Dr. Other")) is None

    def test_a_second_verdict_that_is_only_begun_opens_as_such(self, screen: Screen, site: Site) -> None:
        test = press(press(screen("reading", site), f"opinion-{Opinion.NO_FRACTURE}-"), "sign-")
        press(test, "change-")
        comment(test)
        again = screen("reading", site)
        assert "Your second verdict" in texts(again)
        assert again.text_area(key=f"comment-{form(again)}").value == "Fat pad sign"

    def test_emptied_by_hand_it_is_kept_no_longer(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        comment(test)
        assert unsigned_read(site, study(test), actor=person(READER))
        test.text_area(key=f"comment-{form(test)}").input("").run()
        assert unsigned_read(site, study(test), actor=person(READER)) is None

    def test_discarded_it_gives_way_to_an_empty_form(self, screen: Screen, site: Site) -> None:
        said(screen("reading", site))
        test = press(screen("reading", site), "discard-")
        held = test.session_state["reading"]
        assert (held.opinion, held.marks, test.text_area(key=f"comment-{form(test)}").value) == (None, (), "")
        assert unsigned_read(site, study(test), actor=person(READER)) is None
        assert "discard" not in [str(button.key).partition("-")[0] for button in test.button]

    def test_what_cannot_be_kept_is_told_and_the_form_stays(self, screen: Screen, site: Site) -> None:
        test = screen("reading", site)
        held = test.session_state["reading"]
        held.marks = (MOST_MARKS + 1) * (Mark(held.case.images[0].key, 1, 1, 2, 2),)
        choose(test)
        assert f"more than {MOST_MARKS} marks" in texts(test)
        assert [button for button in test.button if str(button.key).startswith("sign-")]
        held = test.session_state["reading"]
        held.marks = held.marks[:1]
        assert f"more than {MOST_MARKS} marks" not in texts(test.run())
        assert unsigned_read(site, study(test), actor=person(READER))


class TestSignedSince:
    """What was signed while the case was not on the screen."""

    def test_a_signed_case_is_fetched_anew(
        self, dashboard: Callable[..., AppTest], site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        test = press(dashboard(site), "read-next")
        key = study(test)
        press(press(test, f"opinion-{Opinion.FRACTURE}-"), "sign-")
        series = review.open_case(site, key, actor=person(READER)).images[0].series_instance_uid
        stored(site, film(901, study=int(series.rpartition(".")[2]), BodyPartExamined="WRIST"))
        monkeypatch.setattr(next_case, "take", lambda: key)
        press(press(test, "back"), "read-next")
        assert len(test.session_state["reading"].case.images) == 2
        assert wording.GROWN in texts(test)
