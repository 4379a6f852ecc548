"""Office wording: what the screens beside the reading room say: audit and agreement."""

ACTIONS = {
    "view": "Opened a case",
    "verdict": "Signed a verdict",
    "reveal": "Saw the AI's answer",
    "flag": "Raised a flag",
    "unflag": "Cleared a flag",
    "claim": "Took a case",
    "export": "Exported a table",
    "import": "Took a file in",
    "analyse": "The AI looked",
    "verify": "Checked this trail",
}
"""Actions of the audit trail in a clinician's words; one that is not listed is shown as it is."""

AUDIT_INTRO = (
    "Every opened case, verdict, flag, reveal and export, by whom and when. Entries are never changed or removed; each "
    "carries a digest of the one before, so that a change shows."
)
AUDIT_EMPTY = "No entry matches. Choose fewer filters."
CHAIN_WHOLE = (
    "The trail is whole: {count} were checked, none is changed, missing or inserted. Keep this line outside of this "
    "server; it later proves that nothing was cut off the end:"
)
CHAIN_BROKEN = (
    "The trail is broken at entry {key}: it or one before it was changed, removed or inserted. Do not rely on the "
    "trail from there on, and tell the person who runs Lucency."
)


def action(word: str) -> str:
    """An action in a clinician's words."""
    return ACTIONS.get(word, word)
