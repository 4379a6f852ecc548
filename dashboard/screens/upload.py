"""Upload: takes in files, folders and zip archives in the background and tells what came of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.jobs import JobState, Snapshot
from core.records import Outcome, Receipt
from core.services import batch
from dashboard import exchange_wording, pages, resources, session, state, wording
from dashboard.keyboard import shortcut
from dashboard.parts import page
from dashboard.parts.boundary import guarded
from dashboard.parts.receipts import counts, receipts_table

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

POLL_SECONDS = 0.7


def render() -> None:
    """Drop zones while nothing runs; progress while something does; then what came of each file."""
    page.title_line("Upload")
    held = _import()
    if held and _runs(held):
        st.fragment(_progress, run_every=POLL_SECONDS)()
        return
    _drop_zones()
    if held:
        _result(held)


def _import() -> resources.Import | None:
    """Hers alone, in whichever window she started it."""
    return resources.imports().get(session.actor().name)


def _runs(held: resources.Import) -> bool:
    return not held.job.snapshot().state.final


def _drop_zones() -> None:
    st.markdown(exchange_wording.UPLOAD_HINT)
    left, right = st.columns(2, gap="medium")
    number = state.uploader_round()
    files = left.file_uploader("Files or zip archives", accept_multiple_files=True, key=f"files-{number}")
    folder = right.file_uploader("A whole folder", accept_multiple_files="directory", key=f"folder-{number}")
    chosen = [*files, *folder]
    too_much = _too_much(sum(file.size for file in chosen))
    label = f"Take in {wording.counted(len(chosen), 'file')}" if chosen else "Take in"
    if st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        disabled=not chosen or too_much,
        shortcut=shortcut("take_in"),
        on_click=_tell_of_another,
        key="take-in",
    ):
        _start(chosen)


def _too_much(size: int) -> bool:
    """Whether these bytes are more than the site lets in at once; if so, says what to do instead."""
    most = resources.settings().limits.upload_bytes
    if size > most:
        st.warning(
            exchange_wording.UPLOAD_TOO_MUCH.format(size=size / 2**30, most=most / 2**30), icon=":material/weight:"
        )
    return size > most


def _tell_of_another() -> None:
    """Before the page is drawn: one import of hers runs at a time, and only what has ended gives way to another."""
    if (held := _import()) and _runs(held):
        state.set_notice(exchange_wording.UPLOAD_RUNS)


def _start(chosen: Sequence["UploadedFile"]) -> None:
    items = [batch.Upload(file.name, file.getvalue()) for file in chosen]
    site = resources.site()
    job = batch.start_import(site, resources.executor(), items, actor=session.actor())
    resources.imports()[session.actor().name] = resources.Import(job, site.clock())
    _let_go(chosen)
    state.empty_uploader()
    st.rerun()


def _let_go(chosen: Sequence["UploadedFile"]) -> None:
    """Take the files out of Streamlit's memory, which would keep them as long as the browser stays."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in chosen:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


@guarded
def _progress() -> None:
    held = _import()
    if held is None or not _runs(held):
        st.rerun()
    now = held.job.snapshot()
    st.progress(now.fraction or 0.0, text=progress_text(now, held.started, resources.site().clock()))
    found = counts(now.results)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(
            "  ·  ".join(f"{wording.OUTCOMES[each].text} **{found[each]:,}**" for each in Outcome), width="stretch"
        )
        if st.button(
            "Stop", icon=":material/stop:", help="Finishes the file at hand. What is taken in stays.", key="stop"
        ):
            held.job.cancel()
    st.caption(exchange_wording.UPLOAD_LEAVE)


def progress_text(now: Snapshot[Receipt], started: datetime, clock: datetime) -> str:
    """What is being done, how far it is, and a rough time to the end of this stage."""
    stage = exchange_wording.STAGES.get(now.stage, exchange_wording.STAGES[""])
    if now.total is None:
        return stage
    left = seconds_left(now.done, now.total, (clock - started).total_seconds())
    rough = f" · {wording.remaining(left)}" if left is not None else ""
    return f"{stage} {now.done:,} of {now.total:,}{rough}"


def seconds_left(done: int, total: int, elapsed: float) -> float | None:
    """Time to the end at the pace so far; None while there is no pace to go by."""
    return elapsed / done * (total - done) if done and elapsed >= 2 else None


def _result(held: resources.Import) -> None:
    done = held.job.snapshot()
    found = counts(done.results)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="upload-result"):
        st.markdown(f"##### {outcome_sentence(found)}", width="content")
        if found[Outcome.STORED] and st.button(
            "Go to the worklist",
            type="primary",
            icon=":material/list_alt:",
            key="to-worklist",
        ):
            pages.go_to("worklist")
        if st.button("Clear", type="tertiary", key="clear"):
            _clear(held)
            st.rerun()
    if done.state is JobState.CANCELLED:
        st.info("Stopped at your request. What was taken in before stays.", icon=":material/stop_circle:")
    for failure in done.failures:
        words = wording.advice_by_name(failure.error_class)
        st.warning(f"**{words.title}.** {failure.error_message} {words.next_step}", icon=":material/warning:")
    if done.results:
        receipts_table(done.results)


def _clear(held: resources.Import) -> None:
    """Forget this import, not another one that she has started meanwhile."""
    if _import() is held:
        del resources.imports()[session.actor().name]


def outcome_sentence(found: dict[Outcome, int]) -> str:
    """`12 images taken in, 2 already here, 3 refused`; only what occurred."""
    parts = (
        (found[Outcome.STORED], f"{wording.counted(found[Outcome.STORED], 'image')} taken in"),
        (found[Outcome.KNOWN], f"{found[Outcome.KNOWN]:,} already here"),
        (found[Outcome.REFUSED], f"{found[Outcome.REFUSED]:,} refused"),
    )
    return ", ".join(text for number, text in parts if number) or "Nothing was taken in"
