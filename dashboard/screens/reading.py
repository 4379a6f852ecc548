"""Reading: the image, the reader's verdict, then the AI's answer; one key leads to the next case."""

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LucencyError, NotFound, VerdictStands
from core.records import Case, Finding, Flag, Image, Mark, Opinion, Verdict
from core.services import claim, marks, pictures, review
from core.services.key_image import choose_key_image
from core.services.prior import open_prior
from core.services.unsigned_read import unsigned_read
from core.services.withdraw import undoable, withdraw_verdict
from dashboard import double_wording, next_case, pages, reading_wording, resources, session, state, wording
from dashboard.keyboard import given, shortcut
from dashboard.parts import page
from dashboard.parts.ai_card import Scale, ai_card
from dashboard.parts.boundary import guarded
from dashboard.parts.case_head import case_head
from dashboard.parts.case_pictures import case_pictures, picture, prior_pictures
from dashboard.parts.claimed import changed_hands, claimed_line
from dashboard.parts.mark_sheet import MarkSheet
from dashboard.parts.reads import covers, differing_reads, escape, marks_of_others, own, reads
from dashboard.parts.undo_line import undo_line
from dashboard.parts.unsigned import (
    asks,
    begun_line,
    covered,
    form_key,
    keep,
    kept_back,
    said,
    unsigned_line,
    untouched,
)
from dashboard.parts.verdict_form import verdict_form
from dashboard.parts.viewer import viewer
from dashboard.screens.worklist import clear_button

PANEL_WIDTH = 348


def render() -> None:
    """The case that was chosen, or the most urgent one; the image takes all the room that the form leaves."""
    held = state.reading() or _open()
    middle = page.title_line("Reading" if held is None else "")
    if held is None:
        _nothing_left()
        return
    case_head(middle, held.case)
    _prior_switch(middle, held)
    claimed_line(held)
    with st.container(horizontal=True, wrap=False, gap="small", key="reading"):
        with st.container(key="stage"):
            _stages(held)
        with st.container(width=PANEL_WIDTH, gap="small", key="panel"):
            _panel(held)


def _open() -> state.Reading | None:
    site, actor = resources.site(), session.actor()
    key = state.study() if state.knows_study() else claim.left_open(site, actor=actor)
    key = key or next_case.take()
    if key is None:
        return None
    held = _fetch(key)
    state.set_study(key)
    state.set_reading(held)
    return held


def _fetch(key: int) -> state.Reading:
    site, actor = resources.site(), session.actor()
    try:
        case = review.open_case(site, key, actor=actor)
    except NotFound:
        state.set_study(None)
        raise
    revealed = review.has_seen_ai(site, key, actor=actor)
    adjudicating = review.adjudicates(site, key, actor=actor)
    signed = covers(own(case.verdicts, actor.name), case.images)
    if not revealed and (adjudicating or signed or not site.settings.read_first):
        case, revealed = review.reveal_ai(site, key, actor=actor), True
    taken, earlier = claim.claim_case(site, key, actor=actor), open_prior(site, key, actor=actor)
    left = unsigned_read(site, key, actor=actor)
    begun = left.alone() if left else untouched(case, actor.name)
    return state.Reading(
        case, revealed, taken, opinion=begun.opinion, changing=left is not None and signed, following=_fetch_ahead(key),
        prior=earlier, adjudicating=adjudicating, marks=begun.marks, begun=begun,
        kept=begun if left else None, saved_at=left.saved_at if left else None,
    )  # fmt: skip


def _fetch_ahead(key: int) -> tuple[Image, ...]:
    """Have the next case decoded on the server; its images, for the browser to load."""
    site, actor = resources.site(), session.actor()
    following = next_case.peek(after=key)
    if following is None:
        return ()
    resources.executor().submit(pictures.prefetch, site, following, actor=actor)
    return pictures.images_of(site, following, actor=actor)


# --- The image -------------------------------------------------------------------------------------------------------
def _stages(held: state.Reading) -> None:
    """The case, and the prior beside it until it is closed."""
    prior = held.prior if held.prior_shown else None
    if prior is None:
        _stage(held)
        return
    left, right = st.columns(2, gap="xxsmall")
    with left:
        _stage(held)
    with right:
        _prior(prior)


def _prior(case: Case) -> None:
    viewer(prior_pictures(case, reader=session.actor().name), key="prior", beside="second", keys=given())


def _prior_switch(place: DeltaGenerator, held: state.Reading) -> None:
    if held.prior is None:
        return
    label = "Close prior" if held.prior_shown else "Show prior"
    if place.button(label, type="tertiary", icon=":material/compare:", shortcut=shortcut("prior"), key="prior-switch"):
        held.prior_shown = not held.prior_shown
        st.rerun()


def _stage(held: state.Reading) -> None:
    case, reader = held.case, session.actor().name
    others = held.adjudicating or own(case.verdicts, reader) is not None
    shown = case_pictures(case, reader=reader, revealed=held.revealed, others=others)
    following = [picture(image, reader=reader) for image in held.following]
    urgent = case.finding.image_key if held.revealed and case.finding else None
    theirs = marks_of_others(case.verdicts, reader) if others else ()
    sheet = MarkSheet(held.sheet, held.marks, _keep_marks if asks(held) else None, theirs)
    viewer(
        shown, key="viewer", selected=urgent, show_overlay=held.revealed, prefetch=following, sheet=sheet,
        takes_focus=True, choose=_choose, keys=given(),
    )  # fmt: skip


def _keep_marks(drawn: tuple[Mark, ...]) -> None:
    held = state.reading()
    if held:
        held.marks = drawn


@guarded
def _choose(image_key: int, chosen: bool) -> None:
    """Before a run, as the viewer asks: a key image of the case on the screen, or no longer."""
    held = state.reading()
    if held and any(image.key == image_key for image in held.case.images):
        mine = choose_key_image(resources.site(), image_key, chosen=chosen, actor=session.actor())
        others = (each for each in held.case.key_images if each.reader != session.actor().name)
        held.case = replace(held.case, key_images=(*others, *mine))


# --- The verdict -----------------------------------------------------------------------------------------------------
def _panel(held: state.Reading) -> None:
    """The verdict above, the way on below. Only what she fills in is a fragment: the next case takes one run."""
    with st.container(gap="small", key="panel-lines"):
        with st.container(gap="small", key="panel-top"):
            if asks(held):
                begun_line(held)
            _verdict()
        with st.container(gap="small", key="panel-bottom"):
            _flag()
            undo_line(_last_signed().verdict, _undo)
            _move_on(held)


@st.fragment
@guarded
def _verdict() -> None:
    held = state.reading()
    if held is None:
        st.rerun()
    if changed_hands(held):
        st.rerun()  # the whole page tells of it, before she signs
    mine = own(held.case.verdicts, session.actor().name)
    _answer(held, mine)
    if asks(held):
        if held.adjudicating:
            differing_reads(held.case.verdicts, zone=state.zone())
        _ask(held, first=mine.opinion if mine else None)
    else:
        reads(held.case.verdicts, zone=state.zone())


def _answer(held: state.Reading, mine: Verdict | None) -> None:
    if held.revealed:
        finding = held.case.answer
        opinion = mine.opinion if mine else None
        ai_card(finding, opinion=opinion, scale=_scale(finding), notes=_notes(held.case))


def _ask(held: state.Reading, *, first: Opinion | None) -> None:
    def choose(opinion: Opinion) -> None:
        held.opinion = opinion

    if first and not held.changing:
        st.caption(f":orange[{wording.GROWN}]")
    title = double_wording.ADJUDICATION_TITLE if held.adjudicating and not first else ""
    signs = verdict_form(
        form_key(held), opinion=held.opinion, choose=choose, begun=held.begun, first=first, warn=partial(_warn, held),
        title=title,
    )  # fmt: skip
    if signs and not marks.contradict(held.marks, held.opinion):
        _sign(held)
    keep(held)
    others = len(held.case.standing)
    if others and not held.revealed:
        st.caption(f"{wording.counted(others, 'earlier read')}: shown after yours.")


def _warn(held: state.Reading) -> None:
    if marks.contradict(held.marks, held.opinion):
        select, remove = (escape(given()[name]) for name in ("mark_next", "remove"))
        st.markdown(f":orange[{reading_wording.marks_contradict(select=select, remove=remove)}]")
    unsigned_line(held)


def _sign(held: state.Reading) -> None:
    """Sign and reveal. Between the store and the page's memory nothing touches Streamlit: a key pressed meanwhile may
    stop this run there, and the form would stand again over a verdict that is signed."""
    site, actor, key = resources.site(), session.actor(), held.case.study.key
    last, skipped, entered = _last_signed(), state.skipped(), said(held)
    last.verdict = review.give_verdict(
        site,
        key,
        entered,
        actor=actor,
        seen_image_key=max((image.key for image in held.case.images), default=None),
        adjudicating=held.adjudicating,
    )
    held.opinion, held.changing, held.taken_back = None, False, False
    held.kept, held.saved_at = None, None
    held.marks, held.sheet = last.verdict.marks, state.new_sheet()
    skipped.discard(key)
    try:
        held.case, held.revealed = review.reveal_ai(site, key, actor=actor), True
        last.verdict = undoable(site, actor=actor)
    except LucencyError:
        state.close_reading()  # fetched anew as it is stored: signed
        raise
    held.begun = untouched(held.case, actor.name)
    st.rerun()


def _scale(finding: Finding | None) -> Scale | None:
    """The thresholds of the network in use, where it gave this answer, whichever way it made the heat map."""
    facts = resources.network()
    if facts is None or finding is None or finding.bundle.partition("+")[0] != facts.bundle:
        return None
    return Scale(facts.doubt, facts.fracture)


def _notes(case: Case) -> tuple[str, ...]:
    failed = review.failed_analyses(resources.site(), case.study.key, actor=session.actor())
    unanswered = reading_wording.unanswered(failed, case.findings)
    if case.answer is None:
        return (*reading_wording.partly_answered(case), *unanswered)
    return (*unanswered, *_cautions(case, case.answer))


def _cautions(case: Case, finding: Finding) -> tuple[str, ...]:
    """Why the answer there is may mean little."""
    if case.study.synthetic:
        return (wording.SYNTHETIC_NOTE,)
    if finding.outside:
        return ()
    facts = resources.network()
    note = wording.outside_use(case.study.body_part, facts.body_regions) if facts else ""
    return tuple(text for text in (note, wording.others_outside(case.findings)) if text)


# --- What comes after ------------------------------------------------------------------------------------------------
@st.fragment
@guarded
def _flag() -> None:
    held = state.reading()
    if held is None:
        st.rerun()
    case = held.case
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="flag-line"):
        if case.flag:
            reason = escape(case.flag.reason) or wording.FLAGGED.words
            st.markdown(f":yellow[**{wording.FLAGGED.symbol} {reason}**]", width="stretch")
            if st.button("Clear flag", shortcut=shortcut("flag"), key=f"unflag-{case.study.key}"):
                review.unflag(resources.site(), case.study.key, actor=session.actor())
                _keep_flag(None)
            return
        flagged = st.button("Flag", icon=":material/flag:", shortcut=shortcut("flag"), key=f"flag-{case.study.key}")
        reason = st.selectbox(
            "Reason for the flag", wording.FLAG_REASONS, accept_new_options=True, label_visibility="collapsed",
            key=f"reason-{case.study.key}",
        )  # fmt: skip
        if flagged:
            _keep_flag(review.flag(resources.site(), case.study.key, actor=session.actor(), reason=reason))


def _keep_flag(flag: Flag | None) -> None:
    held = state.reading()
    if held:
        state.set_reading(replace(held, case=replace(held.case, flag=flag)))
    st.rerun()


def _move_on(held: state.Reading) -> None:
    signed, key = not asks(held), held.case.study.key
    skips = own(held.case.verdicts, session.actor().name) is None
    with st.container(horizontal=True, gap="xsmall", key="move-on"):
        if signed:
            st.button(
                "Change", icon=":material/edit:", shortcut=shortcut("change"), help=wording.CHANGE_HELP,
                on_click=_change, key=f"change-{key}",
            )  # fmt: skip
        st.button(
            "Skip" if skips else "Next case", type="primary" if signed else "secondary", width="stretch",
            shortcut=shortcut("next_case"), on_click=_next, args=(key,), key=f"next-{key}",
        )  # fmt: skip


@guarded
def _change() -> None:
    held = state.reading()
    if held:
        begun = untouched(held.case, session.actor().name)
        state.set_reading(replace(held, changing=True, opinion=None, begun=begun, sheet=state.new_sheet()))


def _last_signed() -> state.LastSigned:
    """What she signed last and can take back: a page loaded anew asks once, afterwards it is remembered."""
    held = state.signed()
    if held is None:
        held = state.LastSigned(undoable(resources.site(), actor=session.actor()))
        state.set_signed(held)
    return held


@guarded
def _undo(signed: Verdict) -> None:
    """Back to the case whose verdict is taken back, with the form open; before the page is drawn again.

    Only while it is the last one: a second press may come from the page as it was before the first.
    """
    last = _last_signed().verdict
    if last is None or last.key != signed.key:
        return
    open_now = state.reading()
    if open_now and kept_back(open_now, "undo"):
        return
    if open_now:
        keep(open_now)
    _last_signed().verdict = None
    try:
        withdraw_verdict(resources.site(), signed.key, actor=session.actor())
    except VerdictStands:
        if state.study() == signed.study_key:
            state.close_reading()  # fetched anew: it may be a colleague's verdict that stands in the way
        raise
    held = _fetch(signed.study_key)
    state.set_study(signed.study_key)
    state.set_reading(replace(held, changing=True, taken_back=True))


@guarded
def _next(left: int) -> None:
    """Before the page is drawn again, so that the next case is what is drawn.

    `left` is the case whose button it was: pressed again before the next one stands there, it passes over none.
    """
    if state.study() != left:
        return
    held = state.reading()
    if held and kept_back(held, "next_case"):
        return
    if held:
        keep(held)
        if not covered(held):
            state.skipped().add(held.case.study.key)
    following = next_case.take(after=left)
    state.close_reading()
    state.set_study(following)


def _nothing_left() -> None:
    _, centre, _ = st.columns([1, 2, 1])
    title, why = next_case.none_left()
    with centre.container(border=True, key="nothing-left"):
        st.markdown(f"#### {title}")
        st.write(why)
        clear_button()
        if st.button("Go to the worklist", type="primary", icon=":material/list_alt:"):
            pages.go_to("worklist")
        undo_line(_last_signed().verdict, _undo)
