"""Key wording: what each action is called on the key sheet and on its button, and how a key is printed."""

GROUPS = {
    "verdict": "Verdict",
    "case": "Case",
    "window": "Window and overlay",
    "look": "Zoom and turn",
    "draw": "Measures and marks",
    "views": "Views",
    "worklist": "Worklist",
    "everywhere": "Everywhere",
    "upload": "Upload",
    "export": "Export",
}

WORDS = {
    "no_fracture": "No fracture",
    "fracture": "Fracture",
    "uncertain": "Uncertain",
    "not_diagnostic": "Not diagnostic",
    "sign": "Sign the verdict",
    "change": "Change: a second verdict",
    "discard": "Discard what you had begun",
    "comment": "Write a comment",
    "confidence": "Go to the confidence, then 1 to 5",
    "region": "Go to the region",
    "fracture_type": "Go to the type of fracture",
    "next_case": "Next case; skips one that is not signed",
    "flag": "Flag, or clear the flag",
    "flag_reason": "Go to the reason for the flag",
    "undo": "Undo: take the last verdict back",
    "take_over": "Take the case over",
    "prior": "Show or close the prior",
    "auto": "Auto window",
    "own": "The file's own window",
    "bone": "Bone window",
    "soft": "Soft tissue window",
    "full": "Full range",
    "negative": "Invert",
    "overlay": "Show overlay",
    "graphics": "Show the file's graphics",
    "wider": "Wider window, less contrast",
    "narrower": "Narrower window, more contrast",
    "brighter": "Brighter",
    "darker": "Darker",
    "fainter": "Fainter overlay",
    "stronger": "Stronger overlay",
    "fit": "Fit to window",
    "actual": "Actual size",
    "larger": "Larger",
    "smaller": "Smaller",
    "left": "Move left",
    "right": "Move right",
    "up": "Move up",
    "down": "Move down",
    "rotate": "Rotate",
    "flip": "Flip",
    "reset": "Reset view",
    "magnify": "Magnifier",
    "box": "Mark with a box",
    "point": "Mark with a point",
    "key_image": "Key image",
    "length": "Measure a length",
    "angle": "Measure an angle",
    "mark_next": "Select the next mark",
    "remove": "Delete the mark, or the last measure",
    "put_away": "Put the tool away",
    "previous": "Previous view",
    "next": "Next view",
    "layout": "One, two or four views side by side",
    "cell": "Go to the picture beside it",
    "link": "Zoom and move together",
    "read_next": "Read the most urgent case",
    "search": "Search",
    "open_row": "Open the row",
    "rows": "From row to row",
    "upload": "Upload images, on an empty list",
    "samples": "Add sample studies, on an empty list",
    "worklist": "Go to the worklist",
    "sheet": "Show or close this sheet",
    "leave_field": "Leave a text field",
    "take_in": "Take the files in",
    "download": "Download the table",
}
"""What an action does, by its name in `dashboard.keys`."""

CAPS = {
    "arrowleft": "←",
    "arrowright": "→",
    "arrowup": "↑",
    "arrowdown": "↓",
    "shift+arrowleft": "Shift ←",
    "shift+arrowright": "Shift →",
    "shift+arrowup": "Shift ↑",
    "shift+arrowdown": "Shift ↓",
    "delete": "Del",
    "backspace": "⌫",
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "Page ↑",
    "pagedown": "Page ↓",
}

SHEET_TITLE = "Keys"
HELD = "hold"
SHEET_NOTE = "To give an action another key: your name in the title line, then Keys."
KEYS_INTRO = (
    "Every action and its key. What you change here is yours alone; other readers keep theirs. "
    "**?** shows the keys on any page."
)
CHANGED_HELP = "The default is {key}"
KEY_HELP = "One letter, digit or sign, or F2, F4, F8, F9."
CHANGED = "{words}: now {key}"
RESTORED = "All keys are the defaults again"
TAKEN = "{key} is already the key of “{words}”. Give that action another key first, or choose another here."
FIXED = "This key stays as it is: it is the one every browser and keyboard user expects."
NO_KEY = "Choose one letter, digit or sign, or F2, F4, F8, F9. The other keys belong to the browser; ? shows the keys."
OF_THE_PAGE = "C and R belong to the page itself, which reloads with them. Choose another key."
NOT_FOR_A_BUTTON = "A button of the page takes a letter, a digit, F2, F4, F8 or F9. Choose one of these."


def named(action: str, key: str) -> str:
    """The key of an action as a sentence names it; the action itself where it has none."""
    return cap(key) if key else f"“{WORDS[action]}”"


def cap(key: str) -> str:
    """A key as it is printed on the keyboard, ß as well; a dash for none."""
    large = key.upper()
    return CAPS.get(key, large if len(large) == len(key) else key) or "–"
