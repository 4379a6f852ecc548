"""Reading: the AI's answer comes after the verdict, both reads are kept, and flags and the next case work."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.testing.v1 import AppTest

from core import errors
from core.records import Answer, Case, Mark, Opinion, Outside, Statement, Status, Verdict, WorklistFilter
from core.rights import Actor, Role
from core.services import claim, review
from core.services.site import Site
from core.services.statement import LONGEST
from core.services.triage import worklist
from core.store import failures, findings, images
from dashboard import resources, state, wording
from dashboard.parts.unsigned import form_key
from tests.core.services.films import film, stored
from tests.dashboard.conftest import BUNDLE, READER, Screen, finding, keys, press, texts
from tests.dashboard.screens.test_about import FACTS
from tests.people import person


def sign(test: AppTest, opinion: Opinion) -> AppTest:
    """Choose an opinion and sign it."""
    return press(press(test, f"opinion-{opinion}-"), "sign-")


def already_read(site: Site) -> set[int]:
    """The studies that count as read."""
    page = worklist(site, WorklistFilter(status=frozenset({Status.READ})), actor=person(READER))
    return {row.study_key for row in page.rows}


def test_without_the_right_no_case_is_opened(screen: Screen, site: Site) -> None:
    test = screen("reading", site, Role.ADMIN)
    assert "not open to your account" in texts(test)
    assert not [button for button in test.button if str(button.key).startswith("sign-")]
    assert "study" not in test.session_state


def test_the_most_urgent_case_opens_and_hides_the_answer(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    assert test.session_state["study"] == keys(site)[0]
    assert "Fracture suspected" not in texts(test)
    assert "91%" not in texts(test)


def test_signing_reveals_the_answer_and_says_whether_they_agree(screen: Screen, site: Site) -> None:
    test = sign(screen("reading", site), Opinion.FRACTURE)
    assert not test.exception
    assert "Fracture suspected" in texts(test)
    assert wording.AGREES_WITH_YOU.words in texts(test)
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert (verdict.reader, verdict.opinion, verdict.after_ai) == (READER, Opinion.FRACTURE, False)


def test_signing_without_an_opinion_asks_for_one(screen: Screen, site: Site) -> None:
    test = press(screen("reading", site), "sign-")
    assert wording.SIGN_HELP in texts(test)
    assert review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts == ()


def test_what_else_she_said_is_signed_too(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    key = form_key(test.session_state["reading"])
    test.selectbox(key=f"region-{key}").set_value("Elbow")
    test.button_group(key=f"confidence-{key}").set_value(4)
    test.text_area(key=f"comment-{key}").input("Fat pad sign")
    sign(test, Opinion.UNCERTAIN)
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert (verdict.body_region, verdict.confidence, verdict.comment) == ("Elbow", 4, "Fat pad sign")


def test_a_comment_that_is_too_long_stands_is_told_and_not_signed(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    comment = f"comment-{form_key(test.session_state['reading'])}"
    test.text_area(key=comment).input("x" * (LONGEST + 2))
    sign(test, Opinion.UNCERTAIN)
    assert "The comment is 2 characters too long: 4,000 are kept." in texts(test)
    assert len(test.text_area(key=comment).value or "") == LONGEST + 2
    assert review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts == ()
    test.text_area(key=comment).input("x" * LONGEST)
    press(test, "sign-")
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert verdict.comment == "x" * LONGEST


def test_a_fracture_may_have_a_type(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    key = form_key(test.session_state["reading"])
    assert not [field for field in test.selectbox if str(field.key).startswith("type-")]
    press(test, f"opinion-{Opinion.FRACTURE}-")
    test.selectbox(key=f"type-{key}").set_value("Spiral")
    press(test, "sign-")
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert verdict.fracture_type == "Spiral"
    assert "Fracture**], spiral" in texts(test)


def test_a_change_of_mind_is_a_second_verdict_after_the_ai(screen: Screen, site: Site) -> None:
    test = sign(screen("reading", site), Opinion.NO_FRACTURE)
    assert wording.DISAGREES_WITH_YOU.words in texts(test)
    press(test, "change-")
    assert "Your second verdict" in texts(test)
    sign(test, Opinion.FRACTURE)
    first, second = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert (first.opinion, first.after_ai) == (Opinion.NO_FRACTURE, False)
    assert (second.opinion, second.after_ai) == (Opinion.FRACTURE, True)


def marked(test: AppTest, site: Site) -> tuple[Mark, ...]:
    """Two marks on the case, as the viewer hands them over."""
    image = review.open_case(site, test.session_state["study"], actor=person(READER)).images[0].key
    test.session_state["reading"].marks = (Mark(image, 10, 12, 30, 40), Mark(image, 5, 6, 5, 6))
    marks: tuple[Mark, ...] = test.session_state["reading"].marks
    return marks


def test_marks_are_signed_shown_afterwards_and_begun_from(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    marks, sheet = marked(test, site), test.session_state["reading"].sheet
    sign(test, Opinion.FRACTURE)
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert verdict.marks == marks
    assert "2 marks" in texts(test)
    assert test.session_state["reading"].marks == marks
    assert test.session_state["reading"].sheet != sheet, "a sheet of its own, to look at only"
    signed = test.session_state["reading"].sheet
    press(test, "change-")
    assert test.session_state["reading"].marks == marks
    assert test.session_state["reading"].sheet not in (sheet, signed)
    test = press(test, "next-")
    assert test.session_state["reading"].marks == ()


def test_marks_without_a_fracture_are_told_before_signing_and_not_signed(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    marked(test, site)
    assert wording.MARKS_CONTRADICT not in texts(test.run())
    assert wording.MARKS_CONTRADICT in texts(press(test, f"opinion-{Opinion.NO_FRACTURE}-"))
    press(test, "sign-")
    assert review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts == ()
    sign(test, Opinion.UNCERTAIN)
    assert len(review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts) == 1


def test_an_image_that_comes_while_she_reads_is_not_signed_with_the_others(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    key = test.session_state["study"]
    series = review.open_case(site, key, actor=person(READER)).images[0].series_instance_uid
    [second] = stored(site, film(901, study=int(series.rpartition(".")[2]), BodyPartExamined="WRIST"))
    sign(test, Opinion.FRACTURE)
    assert wording.GROWN in texts(test)
    assert key not in already_read(site), "nobody has read the second image"
    sign(test, Opinion.NO_FRACTURE)
    assert wording.GROWN not in texts(test)
    assert key in already_read(site)
    first, both = review.open_case(site, key, actor=person(READER)).verdicts
    assert first.seen_image_key != second == both.seen_image_key


def test_a_run_that_is_stopped_once_the_verdict_is_stored_leaves_it_signed(
    screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a further key: Streamlit stops a run where it touches the session's state."""
    test, give = screen("reading", site), review.give_verdict
    due: list[Verdict | None] = []

    def stored_then_stopped(*args: Any, **more: Any) -> Verdict:
        verdict = give(*args, **more)
        due.append(verdict)
        return verdict

    def stop() -> None:
        if len(due) == 1:
            due.append(None)
            raise StopException

    def stopping(known: Callable[..., Any]) -> Callable[..., Any]:
        def touched(*args: Any) -> Any:
            stop()
            return known(*args)

        return touched

    monkeypatch.setattr(review, "give_verdict", stored_then_stopped)
    for touch in ("reading", "set_reading", "signed", "set_signed", "study"):
        monkeypatch.setattr(state, touch, stopping(getattr(state, touch)))
    sign(test, Opinion.FRACTURE)
    assert len(due) == 2, "the run got as far as the store, and was stopped"
    test.run()
    assert "Fracture suspected" in texts(test)
    assert not [button for button in test.button if str(button.key).startswith("sign-")]
    assert [button for button in test.button if str(button.key).startswith("undo")]
    assert len(review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts) == 1


def test_a_reveal_that_fails_leaves_the_verdict_signed_and_is_made_up_for(
    screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reveal = review.reveal_ai
    failed: list[int] = []

    def fails(site: Site, key: int, *, actor: Actor) -> Case:
        if failed:
            return reveal(site, key, actor=actor)
        failed.append(key)
        raise errors.StoreUnavailable("The database does not answer.")

    test = screen("reading", site)
    monkeypatch.setattr(review, "reveal_ai", fails)
    sign(test, Opinion.FRACTURE)
    assert failed
    assert "Fracture suspected" in texts(test)
    assert not [button for button in test.button if str(button.key).startswith("sign-")]
    assert len(review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts) == 1


def test_a_colleagues_verdict_stays_hidden_until_ones_own(screen: Screen, site: Site) -> None:
    key = keys(site)[0]
    review.give_verdict(site, key, Statement(Opinion.NOT_DIAGNOSTIC), actor=person("Dr. Before"))
    test = screen("reading", site, study=key)
    assert "1 earlier read: shown after yours." in texts(test)
    assert "Before" not in texts(test)
    assert "Before" in texts(sign(test, Opinion.FRACTURE))


def test_a_key_meant_for_the_case_before_is_lost(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    late = next(button for button in test.button if str(button.key).startswith(f"opinion-{Opinion.FRACTURE}-"))
    press(test, "next-")
    late.click()
    assert press(test, "sign-").session_state["reading"].opinion is None
    assert wording.SIGN_HELP in texts(test)


def test_a_flag_is_raised_with_its_reason_and_cleared(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    key = test.session_state["study"]
    test.selectbox(key=f"reason-{key}").set_value("Teaching case")
    press(test, "flag-")
    flagged = review.open_case(site, key, actor=person(READER)).flag
    assert flagged is not None
    assert flagged.reason == "Teaching case"
    assert "⚑ Teaching case" in texts(test)
    press(test, "unflag-")
    assert review.open_case(site, key, actor=person(READER)).flag is None


def test_skipping_goes_down_the_list(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    seen = [test.session_state["study"]]
    for _ in range(2):
        press(test, "next-")
        seen.append(test.session_state["study"])
    assert seen == keys(site)[:3]


def test_opening_is_recorded_once_per_opening(screen: Screen, site: Site) -> None:
    from core.store import audit

    test = screen("reading", site).run().run()
    with site.database.reading() as session:
        views = audit.find(session, actor=READER, action="view")
    assert [entry.subject for entry in views] == [f"study:{test.session_state['study']}"]


def test_a_site_that_reads_concurrently_shows_the_answer_at_once(screen: Screen, site: Site) -> None:
    site.settings = site.settings.model_copy(update={"read_first": False})
    test = screen("reading", site)
    assert "Fracture suspected" in texts(test)
    sign(test, Opinion.FRACTURE)
    (verdict,) = review.open_case(site, test.session_state["study"], actor=person(READER)).verdicts
    assert verdict.after_ai


def test_a_case_without_an_answer_is_read_all_the_same(screen: Screen, site: Site) -> None:
    test = sign(screen("reading", site, study=keys(site)[-1]), Opinion.NO_FRACTURE)
    assert wording.NO_ANSWER.words in texts(test)
    assert not test.exception


def test_where_the_network_could_not_answer_the_reason_is_told(screen: Screen, site: Site) -> None:
    study = keys(site)[-1]
    failed(site, study)
    test = screen("reading", site, study=study)
    title = wording.ADVICE[errors.BlobDamaged].title
    assert title not in texts(test), "nothing of the AI before her verdict"
    sign(test, Opinion.NO_FRACTURE)
    assert f"1 image without an AI answer: {title}." in texts(test)
    assert wording.AI_MISSING not in texts(test)


def test_an_answer_that_came_after_all_leaves_no_complaint(screen: Screen, site: Site) -> None:
    study = keys(site)[0]
    failed(site, study)
    assert "without an AI answer" not in texts(sign(screen("reading", site, study=study), Opinion.FRACTURE))


def second_view(site: Site, study: int) -> int:
    """A further image of the study; its key."""
    series = review.open_case(site, study, actor=person(READER)).images[0].series_instance_uid
    [image] = stored(site, film(901, study=int(series.rpartition(".")[2]), BodyPartExamined="WRIST"))
    return image


@pytest.mark.parametrize("has_failed", [False, True])
def test_no_fracture_on_one_of_two_images_is_no_answer(screen: Screen, site: Site, has_failed: bool) -> None:
    study = keys(site)[4]
    second = second_view(site, study)
    if has_failed:
        with site.database.session() as session:
            failures.add(session, second, bundle=BUNDLE, error_class="BlobDamaged", message="-", at=site.clock())
    told = texts(sign(screen("reading", site, study=study), Opinion.NO_FRACTURE))
    assert wording.NO_ANSWER.words in told
    assert "1 of 2 images not answered" in told
    assert (wording.ADVICE[errors.BlobDamaged].title in told) is has_failed
    assert wording.AGREES_WITH_YOU.words not in told
    assert wording.ANSWERS[Answer.NONE].words not in told
    with site.database.session() as session:
        findings.add(session, finding(second, Answer.NONE, 0.02), at=site.clock())
    told = texts(screen("reading", site, study=study))
    assert (wording.AGREES_WITH_YOU.words in told, "not answered" in told) == (True, False)


def test_a_fracture_on_one_of_two_images_is_told_at_once(screen: Screen, site: Site) -> None:
    study = keys(site)[0]
    second_view(site, study)
    told = texts(sign(screen("reading", site, study=study), Opinion.FRACTURE))
    assert wording.ANSWERS[Answer.FRACTURE].words in told
    assert wording.AGREES_WITH_YOU.words in told


def failed(site: Site, study: int) -> None:
    """The network was once asked about this study's image, in vain."""
    with site.database.session() as session:
        (image,) = images.of_study(session, study)
        failures.add(session, image.key, bundle=BUNDLE, error_class="BlobDamaged", message="-", at=site.clock())


def test_an_empty_list_says_so(screen: Screen, empty_site: Site) -> None:
    assert "Nothing left to read" in texts(screen("reading", empty_site))


def test_a_case_that_is_gone_is_told_in_words_and_let_go(screen: Screen, site: Site) -> None:
    test = screen("reading", site, study=99999)
    assert "This case is no longer here" in texts(test)
    assert test.run().session_state["study"] == keys(site)[0]


def test_an_image_from_outside_gets_its_reason_and_no_answer(screen: Screen, site: Site) -> None:
    key = keys(site)[-1]
    image = review.open_case(site, key, actor=person(READER)).images[0]
    with site.database.session() as session:
        said = replace(finding(image.key, Answer.DOUBT, 0.97), outside=Outside.UNLIKE)
        findings.add(session, said, at=site.clock())
    test = sign(screen("reading", site, study=key), Opinion.NOT_DIAGNOSTIC)
    told = texts(test)
    assert not test.exception
    assert wording.OUTSIDE.words in told
    assert wording.OUTSIDE_REASONS[Outside.UNLIKE] in told
    assert wording.OUTSIDE_ADVICE in told
    assert "97%" not in told
    assert wording.ANSWERS[Answer.DOUBT].words not in told


def test_a_colleagues_open_case_is_told_and_may_be_taken_over(screen: Screen, site: Site) -> None:
    key = keys(site)[0]
    claim.claim_case(site, key, actor=person("Dr. Other"))
    assert screen("reading", site).session_state["study"] == keys(site)[1]
    test = screen("reading", site, study=key)
    assert "Other** has had this case open" in texts(test)
    press(test, "take-over-")
    assert "has had this case open" not in texts(test)
    assert claim.claim_case(site, key, actor=person("Dr. Other")).reader == READER


def test_a_case_taken_over_while_she_reads_is_told_before_she_signs(screen: Screen, site: Site) -> None:
    test, key = screen("reading", site), keys(site)[0]
    claim.take_over(site, key, actor=person("Dr. Other"))
    press(test, f"opinion-{Opinion.FRACTURE}-")
    assert "Other** has had this case open" in texts(test)
    assert test.session_state["reading"].opinion is Opinion.FRACTURE
    press(test, "sign-")
    assert len(review.open_case(site, key, actor=person(READER)).verdicts) == 1, "it binds nobody"


@pytest.mark.parametrize(
    ("bundle", "known"), [(BUNDLE, True), (f"{BUNDLE}+gradient", True), (f"{BUNDLE}0", False), ("other", False)]
)
def test_the_thresholds_of_the_network_in_use_stand_beside_its_own_answers_alone(
    screen: Screen, site: Site, monkeypatch: pytest.MonkeyPatch, bundle: str, known: bool
) -> None:
    key = keys(site)[-1]
    image = review.open_case(site, key, actor=person(READER)).images[0].key
    with site.database.session() as session:
        findings.add(session, replace(finding(image, Answer.DOUBT, 0.3), bundle=bundle), at=site.clock())
    test = screen("reading", site, study=key)
    monkeypatch.setattr(resources, "network", lambda: replace(FACTS, bundle=BUNDLE))
    sign(test, Opinion.UNCERTAIN)
    drawn = "".join(html.proto.body for html in test.get("html"))
    assert "Probability of a fracture: 30%" in drawn
    assert (f"doubtful from {FACTS.doubt:.0%}" in drawn) is known


def test_a_second_verdict_begins_with_what_the_first_one_said_but_for_the_opinion(screen: Screen, site: Site) -> None:
    key = keys(site)[0]
    said = Statement(Opinion.FRACTURE, "Elbow", "Spiral", 4, "Fat pad sign")
    review.give_verdict(site, key, said, actor=person(READER))
    test = press(screen("reading", site, study=key), "change-")
    assert test.session_state["reading"].opinion is None
    sign(test, Opinion.FRACTURE)
    first, second = review.open_case(site, key, actor=person(READER)).verdicts
    assert second.alone() == first.alone() == said


def test_a_page_loaded_anew_returns_to_the_case_that_was_open(screen: Screen, site: Site) -> None:
    first, second, *_ = keys(site)
    test = press(screen("reading", site), "next-")
    assert test.session_state["study"] == second
    assert screen("reading", site).session_state["study"] == second
    sign(test, Opinion.NO_FRACTURE)
    again = screen("reading", site)
    assert (again.session_state["study"], again.session_state["reading"].revealed) == (second, True)
    assert press(again, "next-").session_state["study"] == first, "what was skipped is known to the page before only"
    assert screen("reading", site).session_state["study"] == first


def test_moving_on_gives_the_case_back_and_loads_the_next_ahead(screen: Screen, site: Site) -> None:
    test = screen("reading", site)
    first, second, third, *_ = keys(site)
    held = test.session_state["reading"]
    assert [image.study_key for image in held.following] == [second]
    assert held.claim.reader == READER
    test = press(test, "next-")
    assert [image.study_key for image in test.session_state["reading"].following] == [third]
    assert claim.claim_case(site, first, actor=person("Dr. Other")).reader == "Dr. Other"
    assert claim.claim_case(site, second, actor=person("Dr. Other")).reader == READER


def test_a_prior_opens_beside_the_case_and_can_be_closed(screen: Screen, site: Site) -> None:
    same: dict[str, Any] = {"PatientID": "P-1", "BodyPartExamined": "WRIST", "ImageLaterality": "L"}
    earlier, image = stored(
        site, film(21, study=21, StudyDate="20240101", **same), film(22, study=22, StudyDate="20250301", **same)
    )
    with site.database.reading() as session:
        key, old = (images.get(session, each).study_key for each in (image, earlier))
    test = screen("reading", site, study=key)
    assert test.session_state["reading"].prior.study.key == old
    assert [button.label for button in test.button if button.key == "prior-switch"] == ["Close prior"]
    assert [button.label for button in press(test, "prior-switch").button if button.key == "prior-switch"] == [
        "Show prior"
    ]
    sign(test, Opinion.FRACTURE)
    assert not test.session_state["reading"].prior_shown, "signing does not open it again"
