"""Keys: every action that has one, and which key may be given to which; the buttons and the viewer take theirs here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.records import Opinion
from dashboard import key_wording


class By(StrEnum):
    """Who listens for the key."""

    BUTTON = "button"
    """A button of the page, by Streamlit's own shortcut."""
    FIELD = "field"
    """The key sheet's script, which goes to the field."""
    PICTURE = "picture"
    """The viewer."""
    BROWSER = "browser"
    """Nobody of ours: the browser's own way, or a part of the page that knows it by itself."""


class Group(StrEnum):
    """The headings of the key sheet, in their order."""

    VERDICT = "verdict"
    CASE = "case"
    WINDOW = "window"
    LOOK = "look"
    DRAW = "draw"
    VIEWS = "views"
    WORKLIST = "worklist"
    EVERYWHERE = "everywhere"
    UPLOAD = "upload"
    EXPORT = "export"


READING_ROOM = frozenset({Group.VERDICT, Group.CASE, Group.WINDOW, Group.LOOK, Group.DRAW, Group.VIEWS})
"""One screen, and so one set of keys."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a reader does with one key; its words stand in `key_wording`."""

    name: str
    group: Group
    by: By
    key: str
    """The default, as the browser names it (`KeyboardEvent.key`), in lower case; empty: none until she gives one."""
    also: tuple[str, ...] = ()
    """Keys that do the same and stay so."""
    held: bool = False
    """It lasts as long as the key is down."""
    repeats: bool = False
    """A key that stays down does it again and again; any other action is done once."""
    fixed: bool = False
    """Another key cannot be given to it."""


def _of(group: Group, by: By, *, repeats: bool = False, **keys: str) -> list[Action]:
    return [Action(name, group, by, key, repeats=repeats) for name, key in keys.items()]


ACTIONS: tuple[Action, ...] = (
    *(Action(opinion, Group.VERDICT, By.BUTTON, str(place)) for place, opinion in enumerate(Opinion, 1)),
    *_of(Group.VERDICT, By.BUTTON, sign="s", change="e"),
    *_of(Group.VERDICT, By.BUTTON, discard=""),  # no slip of a finger takes away what does not come back
    *_of(Group.VERDICT, By.FIELD, comment="t", confidence="f2", region="f4", fracture_type="f8"),
    *_of(Group.CASE, By.BUTTON, next_case="n", flag="g"),
    *_of(Group.CASE, By.FIELD, flag_reason="f9"),
    *_of(Group.CASE, By.BUTTON, take_over="y", undo="u", prior="v"),
    *_of(Group.WINDOW, By.PICTURE, auto="a", own="5", bone="6", soft="7", full="8", negative="i"),
    *_of(Group.WINDOW, By.PICTURE, graphics=";", overlay="o"),
    *(
        Action(name, Group.WINDOW, By.PICTURE, f"shift+arrow{way}", fixed=True, repeats=True)
        for name, way in (("wider", "right"), ("narrower", "left"), ("brighter", "up"), ("darker", "down"))
    ),
    *_of(Group.WINDOW, By.PICTURE, repeats=True, fainter=",", stronger="."),
    *_of(Group.LOOK, By.PICTURE, fit="f", actual="z"),
    Action("larger", Group.LOOK, By.PICTURE, "+", ("=",), repeats=True),
    *_of(Group.LOOK, By.PICTURE, repeats=True, smaller="-"),
    *(
        Action(name, Group.LOOK, By.PICTURE, f"arrow{name}", fixed=True, repeats=True)
        for name in ("left", "right", "up", "down")
    ),
    *_of(Group.LOOK, By.PICTURE, rotate="r", flip="h", reset="0"),
    Action("magnify", Group.LOOK, By.PICTURE, "m", held=True),
    *_of(Group.DRAW, By.PICTURE, box="b", point="p", key_image="q", length="l", angle="k", mark_next="/"),
    Action("remove", Group.DRAW, By.PICTURE, "delete", ("backspace",)),
    Action("put_away", Group.DRAW, By.PICTURE, "escape", fixed=True),
    Action("previous", Group.VIEWS, By.PICTURE, "[", ("pageup",)),
    Action("next", Group.VIEWS, By.PICTURE, "]", ("pagedown",)),
    *_of(Group.VIEWS, By.PICTURE, layout="d", cell="9", link="x"),
    *_of(Group.WORKLIST, By.BUTTON, read_next="n"),
    *_of(Group.WORKLIST, By.FIELD, search="/"),
    Action("open_row", Group.WORKLIST, By.BROWSER, "enter", fixed=True),
    Action("rows", Group.WORKLIST, By.BROWSER, "arrowup", ("arrowdown",), fixed=True),
    *_of(Group.WORKLIST, By.BUTTON, upload="u", samples="s"),
    *_of(Group.EVERYWHERE, By.BUTTON, worklist="w"),
    Action("sheet", Group.EVERYWHERE, By.FIELD, "?", fixed=True),
    Action("leave_field", Group.EVERYWHERE, By.FIELD, "escape", fixed=True),
    *_of(Group.UPLOAD, By.BUTTON, take_in="t"),
    *_of(Group.EXPORT, By.BUTTON, download="d"),
)
BY_NAME = {action.name: action for action in ACTIONS}

ALLOWED = re.compile(r"[^\s?]|f[2489]")
"""One letter, digit or sign, or a function key that no browser keeps for itself."""
OF_A_BUTTON = re.compile(r"[a-z0-9]|f[2489]")
"""What Streamlit takes as the shortcut of a button."""
OF_STREAMLIT = frozenset({"c", "r"})
"""Streamlit hears them itself wherever no picture has the focus."""


def meet(one: Action, other: Action) -> bool:
    """Whether the two are on one screen: one key cannot stand for both."""
    rooms = {one.group, other.group}
    return len(rooms) == 1 or rooms <= READING_ROOM or Group.EVERYWHERE in rooms


def assigned(bound: Mapping[str, str]) -> dict[str, str]:
    """The key of every action, where these are a reader's own; empty where another action has taken its default.

    What a later version does not know or would refuse any more counts as not bound.
    """
    given = {action.name: action.key for action in ACTIONS if action.fixed}
    for action in ACTIONS:
        own = bound.get(action.name, "")
        if own and not (_unfit(action, own) or _holder(given, action, own)):
            given[action.name] = own
    for action in ACTIONS:
        if action.name not in given:
            given[action.name] = "" if _holder(given, action, action.key) else action.key
    return given


def every_key(given: Mapping[str, str], action: Action) -> tuple[str, ...]:
    """Its key and those that do the same."""
    return tuple(key for key in (given[action.name], *action.also) if key)


def refusal(bound: Mapping[str, str], name: str, key: str) -> str:
    """Why this action cannot have this key, in words; empty when it can."""
    action = BY_NAME[name]
    if unfit := _unfit(action, key):
        return unfit
    holder = _holder(assigned(bound), action, key)
    return key_wording.TAKEN.format(key=key_wording.cap(key), words=key_wording.WORDS[holder]) if holder else ""


def _unfit(action: Action, key: str) -> str:
    if key == action.key:
        return ""
    if action.fixed:
        return key_wording.FIXED
    if not ALLOWED.fullmatch(key) or key != key.lower():
        return key_wording.NO_KEY
    if key in OF_STREAMLIT:
        return key_wording.OF_THE_PAGE
    if action.by is By.BUTTON and not OF_A_BUTTON.fullmatch(key):
        return key_wording.NOT_FOR_A_BUTTON
    return ""


def _holder(given: Mapping[str, str], action: Action, key: str) -> str:
    """The other action on the same screen that has this key; empty when none has."""
    others = (other for other in _beside(action) if key in (given.get(other.name), *other.also))
    return next((other.name for other in others), "")


def _beside(action: Action) -> Iterator[Action]:
    return (other for other in ACTIONS if other is not action and meet(action, other))


def of_picture(given: Mapping[str, str]) -> list[dict[str, object]]:
    """The viewer's actions as the browser gets them: name, words, keys, and the key as it is printed."""
    return [
        {
            "name": action.name,
            "words": key_wording.WORDS[action.name],
            "keys": every_key(given, action),
            "cap": key_wording.cap(given[action.name]),
            "held": action.held,
            "repeats": action.repeats,
        }
        for action in ACTIONS
        if action.by is By.PICTURE
    ]


def of_group(group: Group) -> list[Action]:
    """The actions under one heading, in their order."""
    return [action for action in ACTIONS if action.group is group]
