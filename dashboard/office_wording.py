"""Office wording: what the screens beside the reading room say: audit, agreement, sign-in and accounts."""

from core.rights import Role
from core.services.agreement import Agreement

ACTIONS = {
    "view": "Opened a case",
    "verdict": "Signed a verdict",
    "withdraw": "Took a verdict back",
    "adjudicate": "Decided between two reads",
    "reveal": "Saw the AI's answer",
    "flag": "Raised a flag",
    "unflag": "Cleared a flag",
    "key-image": "Pointed out a key image",
    "no-key-image": "Took a key image back",
    "claim": "Took a case",
    "export": "Exported cases",
    "import": "Took a file in",
    "stop-import": "An import was stopped",
    "analyse": "The AI looked",
    "network": "Another network is in use",
    "verify": "Checked this trail",
    "backup": "Copied all that is stored",
    "restore": "Brought a copy back",
    "sign-in": "Signed in",
    "sign-out": "Signed out",
    "account": "Changed an account",
    "password": "Changed a password",
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


# --- Agreement -------------------------------------------------------------------------------------------------------
AGAINST_AI = "Readers and the AI"
BETWEEN_READERS = "Readers among themselves"
CHANGES_OF_MIND = "Changes of mind"
TIME_PER_CASE = "Time per case"
POINTS = {"sensitive": "also when doubtful", "specific": "only when suspected"}
CHANGES = (
    "Verdict kept",
    "Changed to what the AI says",
    "Changed to the contrary",
    "Changed to or from uncertain, or the AI was in doubt",
)
NO_READS = (
    "No case is read yet. Agreement appears here once verdicts are signed; sample studies count when switched on."
)
NO_PAIRS = "No two readers have judged the same case yet without having seen the AI's answer."
NO_TIMES = "No case was opened and signed within half an hour yet."
WITHDRAWN = (
    "{reads} left out: the verdict given before the AI's answer was taken back. Where these are many, the figures "
    "flatter."
)
AGREEMENT_NOTE = (
    "First verdicts were given before the AI's answer was shown. Uncertain and not diagnostic count as neither yes nor "
    "no; against the AI, only reads count whose first and last verdict are both yes or no, one for each reader of a "
    "case. Kappa (Cohen 1960): 0 is what chance gives, 1 is full agreement; its interval needs ten cases. Time runs "
    "from opening a case to the first verdict; longer than half an hour is left out."
)


def share(found: Agreement) -> str:
    """The share of cases on which two say the same."""
    return "–" if found.share is None else f"{found.share:.0%}"


def kappa(found: Agreement) -> str:
    """Kappa with its interval, as far as there are any."""
    if found.kappa is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.kappa:.2f}"
    return f"{found.kappa:.2f} [{found.low:.2f}, {found.high:.2f}]"


def seconds(amount: float) -> str:
    """`42 s`, `3 min 5 s`."""
    whole = round(amount)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


# --- Signing in, and the accounts ------------------------------------------------------------------------------------
FIRST_ACCOUNT = "Create the first account"
FIRST_ACCOUNT_INTRO = (
    "Nobody has an account here yet. The first one may do everything; it makes the accounts of the others, each with "
    "the roles it needs."
)
NAME_HINT = "It stands beside every verdict, flag and entry of the audit trail."
LENGTH_HINT = "At least 12 characters. A few words in a row do well."
MUST_CHANGE = "This password was given to you. Choose one that only you know."
LOCAL_ACCOUNT = "With a local account"
LOCAL_ADMIN = "Local administrator"
BACK_TO_SIGN_IN = "To the sign-in page"
SIGNED_IN = "You are signed in."
GO_ON = "Go on"
FROM_PROVIDER = (
    "Signs in through {provider}. Roles come from the groups there, anew at each sign-in; the password is kept there."
)
SIGNED_OUT_IDLE = (
    "You were signed out because nobody touched this workstation for a while. What you signed is kept, and so is what "
    "you had begun."
)
IDLE_WARNING = (
    "You will be signed out in a moment: nobody has touched this workstation. Press any key or move the mouse to stay. "
    "What you have begun and not signed is kept for you."
)
CONNECTION_LOST = (
    "The server does not answer. What you signed is stored; what you have begun is kept as of your last change. Please "
    "wait: this page goes on by itself."
)
ROLES = {
    Role.READER: "Reader: reads cases, uploads, exports without identifiers",
    Role.LEAD: "Lead: also adjudicates, exports with identifiers, sees agreement and the audit trail",
    Role.ADMIN: "Admin: keeps the accounts, sees the audit trail, no images",
}
ACCOUNTS_INTRO = (
    "Who may sign in, and what each may do. An account is closed, never removed: what it has signed keeps its name."
)
SHOWN_ONCE = (
    "The password for the next sign-in. It stands here until you put it away and is not shown again: hand it over in "
    "person. At the sign-in another one must be chosen."
)
ENDS_SESSIONS = "Ends the open sessions of this account"
NOT_PUT_AWAY = "Put away the password that was just made first"
