"""Wording: what an answer is called, what went wrong, and what to do next; each `*_wording` serves one part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from core import errors
from core.records import Answer, Finding, Opinion, Outcome, Outside, Status

PRODUCT = "Lucency"
STANDING_LINE = "Research use only. Not a medical device."
ABOUT_MENU = f"**{PRODUCT}** reads bone radiographs for fractures. {STANDING_LINE}"


@dataclass(frozen=True, slots=True)
class Sign:
    """A fact in words, with a symbol and a tone, so that it is never told by colour alone."""

    words: str
    symbol: str
    tone: str
    """`alert`, `doubt`, `calm`, `good` or `quiet`: the colours of `page.css` and of Streamlit's theme."""

    @property
    def text(self) -> str:
        """Symbol and words together."""
        return f"{self.symbol} {self.words}"


@dataclass(frozen=True, slots=True)
class Advice:
    """An error as a clinician should read it."""

    title: str
    next_step: str


TONE_COLOURS = {"alert": "orange", "doubt": "yellow", "calm": "blue", "good": "green", "quiet": "gray"}
"""The gravest first."""

# --- What the network says, and how soon a case should be read -------------------------------------------------------
ANSWERS = {
    Answer.FRACTURE: Sign("Fracture suspected", "▲", "alert"),
    Answer.DOUBT: Sign("Doubtful", "◆", "doubt"),
    Answer.NONE: Sign("No fracture seen", "○", "calm"),
}
SHORT_ANSWERS = {Answer.FRACTURE: "Fracture", Answer.DOUBT: "Doubtful", Answer.NONE: "No fracture"}
NO_ANSWER = Sign("No AI answer", "–", "quiet")
OUTSIDE = Sign("Outside intended use", "⊘", "doubt")
OUTSIDE_REASONS = {
    Outside.COLOUR: "it is a picture in colour, not a radiograph",
    Outside.OTHER_REGION: "its file names a body part the AI was not made for",
    Outside.TOO_SMALL: "it has too few pixels to show a bone",
    Outside.NO_CONTRAST: "it is blank or nearly so",
    Outside.OVER_EXPOSED: "large parts of it are plain white",
    Outside.CUT_OFF: "most of it is empty: part of the image is missing",
    Outside.UNLIKE: "it does not look like the limb radiographs the AI knows",
}
"""Completes: the image lies outside of the intended use, because …"""
OUTSIDE_ADVICE = "The AI was not made for such an image; what it says of it means nothing. Read it without the AI."
OTHERS_OUTSIDE = "{images} of this study outside the intended use: {reasons}."
HIDDEN_ANSWER = Sign("after reading", "·", "quiet")
PRIORITIES = {
    Answer.FRACTURE: Sign("1 High", "▲", "alert"),
    Answer.DOUBT: Sign("2 Medium", "◆", "doubt"),
    Answer.NONE: Sign("3 Routine", "○", "calm"),
}
NO_PRIORITY = Sign("Not rated", "–", "quiet")

# --- What a reader says ----------------------------------------------------------------------------------------------
OPINIONS = {
    Opinion.NO_FRACTURE: Sign("No fracture", "○", "calm"),
    Opinion.FRACTURE: Sign("Fracture", "▲", "alert"),
    Opinion.UNCERTAIN: Sign("Uncertain", "◆", "doubt"),
    Opinion.NOT_DIAGNOSTIC: Sign("Not diagnostic", "⊘", "quiet"),
}
CONFIDENCES = {1: "1 guess", 2: "2", 3: "3", 4: "4", 5: "5 certain"}
BODY_REGIONS = (
    "Hand",
    "Wrist",
    "Forearm",
    "Elbow",
    "Upper arm",
    "Shoulder",
    "Clavicle",
    "Ribs",
    "Spine",
    "Pelvis",
    "Hip",
    "Thigh",
    "Knee",
    "Lower leg",
    "Ankle",
    "Foot",
    "Other",
)
FLAG_REASONS = (
    "Second opinion",
    "Follow-up needed",
    "Disagree with the AI",
    "Image quality",
    "Teaching case",
)

# --- Where a study stands --------------------------------------------------------------------------------------------
STATUSES = {
    Status.UNREAD: Sign("Unread", "●", "calm"),
    Status.SECOND: Sign("Second read", "◐", "calm"),
    Status.ADJUDICATION: Sign("Adjudication", "◈", "doubt"),
    Status.READ: Sign("Read", "✓", "good"),
    Status.PENDING: Sign("Analysing", "…", "quiet"),
}
FLAGGED = Sign("Flagged", "⚑", "doubt")
DISAGREES = Sign("Reader and AI disagree", "≠", "alert")
AGREES_WITH_YOU = Sign("You and the AI agree", "=", "good")
DISAGREES_WITH_YOU = Sign("You and the AI disagree: look again", "≠", "alert")
AI_DOUBTS = Sign("The AI is in doubt: look at the marked place", "◆", "doubt")
NOT_COMPARED = Sign("Your verdict is neither yes nor no", "·", "quiet")
CLAIMED_BY = Sign("Open with", "◌", "quiet")
SYNTHETIC = Sign("SYNTHETIC", "◇", "quiet")
LATERALITIES = {"L": "Left", "R": "Right", "B": "Both"}
OUTCOMES = {
    Outcome.STORED: Sign("Taken in", "✓", "good"),
    Outcome.KNOWN: Sign("Already here", "=", "calm"),
    Outcome.REFUSED: Sign("Refused", "✕", "alert"),
}
STORED_TITLE = "A radiograph"
KNOWN_TITLE = "The same image as before"
KNOWN_EXPLANATION = "It is already stored; nothing was changed and its reviews are kept."

_REGION_OF = {
    "Hand": "hand finger thumb metacarpal",
    "Wrist": "wrist scaphoid carpal",
    "Forearm": "forearm radius ulna",
    "Elbow": "elbow",
    "Upper arm": "humerus arm",
    "Shoulder": "shoulder scapula",
    "Clavicle": "clavicle",
    "Ribs": "rib ribs chest sternum thorax",
    "Spine": "spine cspine tspine lspine sspine sacrum coccyx",
    "Pelvis": "pelvis",
    "Hip": "hip",
    "Thigh": "femur thigh",
    "Knee": "knee patella",
    "Lower leg": "leg tibia fibula",
    "Ankle": "ankle",
    "Foot": "foot toe heel calcaneus metatarsal",
}


_PARTS_OF = {
    "hand": ("Hand", "Wrist", "Forearm", "Elbow"),
    "leg": ("Thigh", "Knee", "Lower leg", "Ankle", "Foot"),
    "hip": ("Hip", "Pelvis"),
    "shoulder": ("Shoulder", "Clavicle", "Upper arm"),
}
"""FracAtlas's coarse regions in the finer words of `BODY_REGIONS`."""


def outside_use(body_part: str, trained: Sequence[str]) -> str:
    """A note where the body part is known and the network was not trained on it; empty otherwise."""
    index = region_index(body_part)
    if index is None or not trained:
        return ""
    covered = {part for region in trained for part in _PARTS_OF.get(region, ())}
    region = BODY_REGIONS[index]
    return "" if region in covered else OUTSIDE_USE.format(region=region.lower(), trained=", ".join(trained))


def others_outside(findings: Sequence[Finding]) -> str:
    """A note on the images of a study that lie outside of the intended use; empty when none does."""
    reasons = [OUTSIDE_REASONS[finding.outside] for finding in findings if finding.outside]
    images = counted(len(reasons), "image")
    return OTHERS_OUTSIDE.format(images=images, reasons="; ".join(dict.fromkeys(reasons))) if reasons else ""


def region_index(body_part: str) -> int | None:
    """Where the DICOM body part (PS3.16 annex L, e.g. `WRIST`) stands in `BODY_REGIONS`; None unless it names one."""
    words = body_part.lower().split()
    found = [region for region, names in _REGION_OF.items() if set(names.split()) & set(words)]
    return BODY_REGIONS.index(found[0]) if len(found) == 1 else None


# --- What went wrong, and what to do ---------------------------------------------------------------------------------
ADVICE: dict[type[errors.LucencyError], Advice] = {
    errors.LucencyError: Advice(
        "This did not work", "Try again. If it happens again, tell the person who runs Lucency."
    ),
    errors.IntakeError: Advice(
        "This file could not be taken in", "Export it again from its source and send the new copy."
    ),
    errors.UnknownFormat: Advice("Not an image Lucency reads", "Send DICOM, PNG, JPEG, TIFF or BMP files."),
    errors.WrongModality: Advice(
        "Not a plain radiograph", "Send CR, DX or RG images; other examinations are not read here."
    ),
    errors.NoPixels: Advice("No image in this file", "Send the images themselves, not reports, plans or indexes."),
    errors.CorruptFile: Advice(
        "The file is damaged", "Export it again from the PACS or the modality and send the new copy."
    ),
    errors.UnsupportedEncoding: Advice(
        "Compressed in a way Lucency does not read", "Export it uncompressed, or as lossless JPEG."
    ),
    errors.TooLarge: Advice("Larger than this site allows", "Send it in smaller parts, or ask for a higher limit."),
    errors.UnsafeFile: Advice("Built in an unsafe way", "Do not open it elsewhere. Ask where it came from."),
    errors.DecodingStopped: Advice("Took too long to open", "Try this file alone. If it fails again, export it anew."),
    errors.DecoderUnavailable: Advice(
        "The image was not opened", "Try again in a moment. If it happens again, tell the person who runs Lucency."
    ),
    errors.InstanceConflict: Advice(
        "Another image under the same number",
        "The image stored first is kept. Ask where this copy was changed, or send it with an identity of its own.",
    ),
    errors.PatientConflict: Advice(
        "Another patient under the same study",
        "Nothing was changed. Have the identity corrected at the modality or the PACS, then send it again.",
    ),
    errors.StoreError: Advice("The store did not answer", "Nothing you saved before is lost. Try again in a moment."),
    errors.NotFound: Advice("This case is no longer here", "Go back to the worklist and choose another."),
    errors.BlobDamaged: Advice(
        "The stored image has changed on disk",
        "Do not read from it. Send the image again and tell the person who runs Lucency.",
    ),
    errors.StoreUnavailable: Advice(
        "The database cannot be reached", "Nothing you saved before is lost. Try again in a moment."
    ),
    errors.RuleBroken: Advice("This could not be stored", "Nothing was changed. Check what you entered and try again."),
    errors.InvalidSettings: Advice("A setting is wrong", "Tell the person who runs Lucency."),
    errors.ProviderUnavailable: Advice("The hospital's sign-in does not answer", "Try again in a moment."),
    errors.BundleUnavailable: Advice(
        "The AI is not available", "You can go on reading without it; it answers later by itself."
    ),
    errors.NetworkFailed: Advice("The AI failed on this image", "Read it without; sending it again asks once more."),
    errors.RequestError: Advice("This request is not complete", "Check what you entered and try again."),
    errors.UnusableTrainingData: Advice("These images cannot be learned from", "Check the labels and the folder."),
    errors.NotAllowed: Advice("This is not open to your account", "Go back to a screen of the menu."),
    errors.NotYet: Advice("Not before your own verdict", "Sign your verdict first; then it is shown."),
    errors.SignInRefused: Advice("You are not signed in", "Reload the page and sign in."),
    errors.AccountLocked: Advice("The account is locked", "Wait a quarter of an hour, or ask for a new password."),
    errors.IdentityRefused: Advice("You are not signed in", "Begin again from the sign-in page."),
    errors.InvalidAccount: Advice("This was not changed", "Check what you entered and try again."),
    errors.InvalidVerdict: Advice(
        "This verdict contradicts itself", "Check the finding, the region, the confidence and the marks."
    ),
    errors.VerdictStands: Advice(
        "This verdict can no longer be taken back", "Open the case and give a second verdict with “Change”."
    ),
}
UNEXPECTED = Advice(
    "Something went wrong on our side",
    "What you saved before is kept. Reload the page; if it happens again, report the reference below.",
)


def advice(error: errors.LucencyError) -> Advice:
    """The words for an error: its own, or those of the nearest class above it."""
    return next(ADVICE[kind] for kind in type(error).__mro__ if kind in ADVICE)


def advice_by_name(class_name: str) -> Advice:
    """The same for a class known by its name only, as a receipt tells it."""
    return next((words for kind, words in ADVICE.items() if kind.__name__ == class_name), ADVICE[errors.LucencyError])


# --- Sentences of the screens -----------------------------------------------------------------------------------------
WELCOME_TITLE = "The worklist is empty"
WELCOME = (
    "Upload radiographs to read them with a second look by the AI. To see first how it works, add sample studies: "
    "drawings of bones, marked SYNTHETIC, with and without fractures."
)
NOTHING_MATCHES = "No case matches these filters. Clear the search or choose fewer filters."
PRIOR = "PRIOR {day}"
"""Stands large in the corner of a picture that is not the case's own."""
ALL_READ = "Everything in this list is read."
CLAIMED = "**{reader}** has had this case open since {since}. You may read it too, or take it over."
GROWN = "An image arrived that you had not seen when you signed. Read the study again."
VERDICTS = "Verdicts on this case"
MARKS_CONTRADICT = "You have marked the image. Delete the marks, or choose another verdict."
SIGN_HELP = "Choose one of the four first."
CHANGE_HELP = "Give a second verdict. The first one stays on record."
CONFIDENCE_HELP = "How sure you are: 1 is a guess, 5 is certain. Optional."
PROBABILITY_HELP = "The AI's calibrated probability that this study shows a fracture."
AI_MISSING = "The network has not looked at every image of this study yet."
OUTSIDE_USE = "Outside of what the network was trained on ({trained}): do not rely on its answer for the {region}."
SYNTHETIC_NOTE = "A drawing, not a patient: the AI's answer on it means nothing."


ABOUT = (
    (
        "What it is for",
        (
            "Lucency helps a radiologist read bone radiographs for fractures. She looks first and signs a "
            "verdict; then the network's answer and the place it looked at are shown, as a second look. Both "
            "reads are kept, so that a site can measure whether the second look helps."
        ),
    ),
    (
        "What it is not",
        (
            f"**{STANDING_LINE}** It is not cleared or certified anywhere, must not decide on the care of a "
            "patient, and does not replace a reader. It looks for fractures only: no dislocation, effusion, "
            "tumour or foreign body. A negative answer does not exclude a fracture."
        ),
    ),
    (
        "How the answer is shown",
        (
            "▲ *Fracture suspected*: above the specific threshold. ◆ *Doubtful*: between the two thresholds, look "
            "again. ○ *No fracture seen*: below both. ⊘ *Outside intended use*: not an image the network was made for; "
            "it gets the reason and no answer. The heat map shows where a fracture is most likely, not its outline; "
            "the answer rests on the whole image. Originals are never altered, reordered or deleted; the map is a "
            "layer you switch on."
        ),
    ),
    (
        "Keys",
        (
            "Everything has a key: press **?** on any page to see yours. Your name in the title line leads to Keys, "
            "where you may choose others. In the image: drag to set the window, wheel to zoom, Shift-drag to move."
        ),
    ),
    (
        "Your data",
        (
            "Everything stays on this server. Who opened which case, who signed, flagged and exported is recorded "
            "in a log that cannot be changed unnoticed. Lucency is free software under the Apache License 2.0."
        ),
    ),
)
ANSWERS_EXPLAINED = (
    "Answers: *no fracture seen* below {doubt:.0%}, *doubtful* from {doubt:.0%}, *fracture suspected* from "
    "{fracture:.0%} calibrated probability."
)
MEASURES = (
    *("auroc", "average_precision"),
    *("sensitivity_at_doubt", "specificity_at_doubt", "sensitivity_at_fracture", "specificity_at_fracture"),
    *("ece", "peak_in_box", "peak_near_box"),
)
"""The measures a reader is shown, by name and in this order; the bundle's card holds all."""
TEST_SPLIT = "test"
MEASURES_NOTE = (
    "As the bundle's card has them; the shipped network was measured on images kept apart from training (FracAtlas: "
    "three hospitals of one country). Expect less on your own images."
)
NETWORK_LOADING = "The network is being loaded; its facts appear here in a moment."


# --- Times and amounts -----------------------------------------------------------------------------------------------
def moment(at: datetime | None, zone: tzinfo) -> str:
    """Day and minute in the reader's own time zone, e.g. `2026-11-21 14:05`; an unknown time is a dash."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "–"


def day(at: datetime | None) -> str:
    """The day as the examination itself states it."""
    return at.strftime("%Y-%m-%d") if at else "–"


def span(duration: timedelta) -> str:
    """A waiting time at a glance: `now`, `5 min`, `3 h`, `2 d`."""
    minutes = int(duration.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def remaining(seconds: float) -> str:
    """An estimate of the time left, as rough as it is."""
    if seconds < 60:
        return "less than a minute left"
    return f"about {round(seconds / 60)} min left"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 image`, `3 images`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def verdict_title(first: Opinion | None) -> str:
    """The heading of the verdict form, in Markdown; `first` is what the reader said before she saw the AI."""
    return f"**Your second verdict** (first: {OPINIONS[first].text})" if first else "**Your verdict**"


def person_name(name: str) -> str:
    """A DICOM person name (PS3.5 6.2.1.1) as people write it: `Yamada, Tarou (山田, 太郎)`."""
    groups = [", ".join(part.strip() for part in group.split("^") if part.strip()) for group in name.split("=")]
    first, *others = [group for group in groups if group] or [""]
    return f"{first} ({', '.join(others)})" if others else first


def percent(probability: float) -> str:
    """A probability without false precision: `<1%`, `63%`, `>99%`."""
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"
