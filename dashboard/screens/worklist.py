"""Worklist: the cases of this site, most urgent first; search, filters, and the way to the next one to read."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.records import Answer, Status, WorklistFilter, WorklistPage
from core.services import batch, saved_views
from core.services.triage import asked_anew, body_parts, worklist
from dashboard import double_wording, list_wording, next_case, pages, resources, session, state, wording
from dashboard.days import moments
from dashboard.keyboard import shortcut
from dashboard.parts import page
from dashboard.parts.boundary import guarded, show_error
from dashboard.parts.case_table import case_table, lines
from dashboard.parts.reads import escape
from dashboard.parts.unsigned import asks, keep
from dashboard.wording import Sign

PAGE_SIZE = 100
REFRESH_SECONDS = 15


def render() -> None:
    """The title line with the search, the filters, and the list that refreshes itself."""
    middle = page.title_line(page.WORKLIST)
    if problem := resources.bundle_problem():
        show_error(problem)
    if not worklist(resources.site(), WorklistFilter(), actor=session.actor(), limit=1).total:
        _welcome()
        return
    _cases(_search(middle))


def _search(place: st.delta_generator.DeltaGenerator) -> str:
    text = place.text_input(
        "Search", type="search", placeholder="Search patient, ID, accession, body part", live="300ms",
        label_visibility="collapsed", key="search", persist_state="session", width=360,
    )  # fmt: skip
    return (text or "").strip()


def _chosen(*, text: str) -> WorklistFilter:
    status = st.segmented_control(
        "Status", list(_statuses()), format_func=lambda status: wording.STATUSES[status].text,
        selection_mode="multi", label_visibility="collapsed", key="status", persist_state="session",
    )  # fmt: skip
    answers = st.segmented_control(
        "Priority", list(wording.PRIORITIES), format_func=lambda answer: wording.PRIORITIES[answer].text,
        selection_mode="multi", label_visibility="collapsed", key="priority", persist_state="session",
    )  # fmt: skip
    flagged = st.toggle("Flagged", key="flagged", persist_state="session")
    rare = _rare_filters()
    chosen = replace(
        rare, text=text, status=frozenset(status), answers=frozenset(answers), with_failed=Answer.DOUBT in answers,
        flagged=True if flagged else None,
    )  # fmt: skip
    _views(chosen)
    return chosen


def _views(chosen: WorklistFilter) -> None:
    """Her saved views: one click sets the filters; the present ones are kept under a name."""
    site, actor = resources.site(), session.actor()
    with st.popover("Views", icon=":material/bookmark:", type="tertiary", key="views"):
        for name, filters in saved_views.views(site, actor=actor).items():
            with st.container(horizontal=True, gap="xsmall"):
                st.button(escape(name), on_click=_apply, args=(filters,), width="stretch", key=f"view-{name}")
                st.button(
                    "", icon=":material/delete:", help=f"Delete the view {escape(name)}", type="tertiary",
                    on_click=saved_views.remove_view, args=(site, name), kwargs={"actor": actor}, key=f"drop-{name}",
                )  # fmt: skip
        with st.form("save-view", border=False, clear_on_submit=True):
            name = st.text_input("Save these filters as", max_chars=saved_views.LONGEST_NAME, key="view-name")
            if st.form_submit_button("Save", icon=":material/bookmark_add:") and name and name.strip():
                saved_views.save_view(site, name, chosen, actor=actor)
                st.rerun(scope="fragment")


def clear_button() -> None:
    """Where filters narrow the list, the way out of them."""
    if next_case.filtered():
        st.button(
            list_wording.CLEAR_FILTERS, icon=":material/filter_alt_off:", on_click=_clear_filters, key="clear-filters"
        )


def _clear_filters() -> None:
    """Every case again, in the list and as the next one; before a page is drawn."""
    _apply(WorklistFilter())
    st.session_state["search"] = ""
    state.set_filters(WorklistFilter())


def _apply(filters: WorklistFilter) -> None:
    """Put a view into the filters' widgets, before they are drawn again."""
    st.session_state.update(
        status=[status for status in _statuses() if status in filters.status],
        priority=list(filters.answers), flagged=bool(filters.flagged),
        body_parts=list(filters.body_parts), synthetic=filters.include_synthetic, received=[],
        key_images=bool(filters.has_key_image),
    )  # fmt: skip


def _statuses() -> Mapping[Status, Sign]:
    return double_wording.statuses(resources.site().settings.reads)


def _rare_filters() -> WorklistFilter:
    with st.popover("More filters", icon=":material/filter_list:", type="tertiary"):
        parts = st.multiselect(
            "Body part", body_parts(resources.site(), actor=session.actor()), key="body_parts", persist_state="session"
        )
        dates = st.date_input("Received", value=[], format="YYYY-MM-DD", key="received", persist_state="session")
        key_images = st.toggle("With key images", key="key_images", persist_state="session")
        synthetic = st.toggle("Show sample studies", True, key="synthetic", persist_state="session")
    begin, end = moments(dates, state.zone())
    return WorklistFilter(
        body_parts=frozenset(parts),
        received_from=begin,
        received_to=end,
        include_synthetic=synthetic,
        has_key_image=True if key_images else None,
    )


@st.fragment(run_every=REFRESH_SECONDS)
@guarded
def _cases(text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="filters"):
        state.set_filters(_chosen(text=text))
        shown = _page()
        _summary(shown)
    if note := list_wording.another_network(asked_anew(resources.site(), actor=session.actor())):
        st.caption(note)
    if shown.rows:
        _table(shown)
    else:
        st.info(wording.NOTHING_MATCHES, icon=":material/filter_alt_off:")


def _table(shown: WorklistPage) -> None:
    table = lines(shown.rows, now=resources.site().clock(), zone=state.zone())
    opened = case_table(table, key="cases", label="Worklist, most urgent first", searched=state.filters().text)
    if opened is not None:
        _read(opened)


def _page() -> WorklistPage:
    """The page she is on; the last one where there are no longer so many."""
    shown = _query(state.page_number())
    last = _pages(shown)
    if state.page_number() > last:
        state.set_page_number(last)
        shown = _query(last)
    return shown


def _query(number: int) -> WorklistPage:
    offset = (number - 1) * PAGE_SIZE
    return worklist(resources.site(), state.filters(), actor=session.actor(), limit=PAGE_SIZE, offset=offset)


def _pages(shown: WorklistPage) -> int:
    return max(1, -(-shown.total // PAGE_SIZE))


def _summary(shown: WorklistPage) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
        st.markdown(summary(shown, _statuses()), width="content")
        if shown.total > PAGE_SIZE:
            st.markdown(list_wording.PAGE.format(number=state.page_number(), pages=_pages(shown)), width="content")
            st.pagination(_pages(shown), key="page", persist_state="session")
        if st.button(
            "Read next", type="primary", icon=":material/play_arrow:", shortcut=shortcut("read_next"), key="read-next"
        ):
            _read(next_case.take())


def summary(shown: WorklistPage, statuses: Mapping[Status, Sign]) -> str:
    """The counts in one line: what is listed, then each of these statuses; more than three without their words.

    The filter beside has the words, by the same symbols.
    """
    words = [f" {sign.words.lower()}" if len(statuses) <= 3 else "" for sign in statuses.values()]
    each = [
        f"{sign.symbol} {shown.counts.get(status, 0):,}{word}"
        for (status, sign), word in zip(statuses.items(), words, strict=True)
    ]
    return "  ·  ".join([f"**{wording.counted(shown.total, 'case')}**", *each])


def _read(study_key: int | None) -> None:
    """Open the case; the one that is open and asks for her verdict stays as she left it.

    What she has said of another one and not signed is kept.
    """
    if study_key is None:
        st.toast(next_case.none_left()[1], icon=":material/done_all:")
        return
    held = state.reading()
    if held:
        keep(held)
    if held is None or held.case.study.key != study_key or not asks(held):
        state.close_reading()
    state.set_study(study_key)
    pages.go_to("reading")


def _welcome() -> None:
    _, centre, _ = st.columns([1, 2, 1])
    with centre.container(border=True, key="welcome"):
        st.markdown(f"#### {wording.WELCOME_TITLE}")
        st.write(wording.WELCOME)
        with st.container(horizontal=True, gap="small"):
            if st.button("Upload images", type="primary", icon=":material/upload_file:", shortcut=shortcut("upload")):
                pages.go_to("upload")
            if st.button(
                "Add sample studies", icon=":material/science:", shortcut=shortcut("samples"), key="add-samples"
            ):
                _add_samples()


def _add_samples() -> None:
    with st.spinner("Drawing the sample studies and asking the AI about them …", show_time=True):
        job = batch.start_samples(resources.site(), resources.executor(), actor=session.actor())
        taken = job.wait().results
    state.set_notice(f"{wording.counted(len(taken), 'sample image')} added")
    st.rerun()
