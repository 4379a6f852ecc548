"""Keys: no two actions of one screen share a key, every action has words, and what cannot be a key is refused."""

import re
from itertools import combinations

import pytest

from dashboard import key_wording
from dashboard.keys import (
    ACTIONS,
    BY_NAME,
    READING_ROOM,
    Action,
    By,
    Group,
    assigned,
    every_key,
    meet,
    of_picture,
    refusal,
)
from dashboard.parts.key_sheet import FIELDS, sent
from tests.conftest import PROJECT_ROOT

PARTS = PROJECT_ROOT / "dashboard" / "parts"
SAME_BY_NATURE = {"escape", "arrowup", "arrowdown"}
"""Arrows and Escape do what fits the place that has the focus."""


def test_no_two_actions_of_one_screen_share_a_key() -> None:
    given = assigned({})
    shared = {
        (one.name, other.name): keys
        for one, other in combinations(ACTIONS, 2)
        if meet(one, other) and (keys := {*every_key(given, one)} & {*every_key(given, other)} - SAME_BY_NATURE)
    }
    assert shared == {}
    assert {name for name, key in given.items() if not key} == {"discard"}, "every other action has one"


def test_every_action_has_words_and_every_group_a_heading() -> None:
    assert set(key_wording.WORDS) == set(BY_NAME)
    assert len(BY_NAME) == len(ACTIONS)
    assert set(key_wording.GROUPS) == set(Group)
    assert set(FIELDS) == {action.name for action in ACTIONS if action.by is By.FIELD and not action.fixed}


def test_a_key_is_printed_as_the_keyboard_prints_it() -> None:
    assert [key_wording.cap(key) for key in ("s", "ö", "ß", "f2", "[", "")] == ["S", "Ö", "ß", "F2", "[", "–"]


def test_the_viewer_knows_every_action_of_the_picture() -> None:
    script = (PARTS / "viewer_js" / "viewer.js").read_text("utf-8")
    wishes = script[script.index("const WISHES") : script.index("};", script.index("const WISHES"))]
    known = set(re.findall(r"^  (\w+): \(", wishes, re.MULTILINE))
    assert {action.name for action in ACTIONS if action.by is By.PICTURE} <= known


def test_no_button_has_a_key_that_is_not_in_the_table() -> None:
    sources = "".join(path.read_text("utf-8") for path in (PROJECT_ROOT / "dashboard").rglob("*.py"))
    used = set(re.findall(r"shortcut=shortcut\(\"(\w+)\"\)", sources))
    opinions = {action.name for action in ACTIONS if action.group is Group.VERDICT} & {"no_fracture", "fracture"}
    assert len(re.findall(r"shortcut=(?!shortcut\()", sources)) == 0
    assert used | opinions | {"uncertain", "not_diagnostic"} == {a.name for a in ACTIONS if a.by is By.BUTTON}


def test_a_key_that_stays_down_repeats_steps_alone() -> None:
    steps = {"left", "right", "up", "down", "larger", "smaller", "fainter", "stronger"}
    steps |= {"wider", "narrower", "brighter", "darker"}
    assert {action.name for action in ACTIONS if action.repeats} == steps
    assert {action["name"] for action in of_picture(assigned({})) if action["repeats"]} == steps
    once = sent(assigned({"next_case": "j", "fainter": "n"}))["once"]
    assert isinstance(once, list)
    assert {"s", "j", "g", "u", "1"} <= {*once}
    assert "n" not in once, "the worklist's button has it, and so has a step of the picture"


def test_an_own_key_takes_the_place_of_the_default_and_frees_it() -> None:
    given = assigned({"sign": "j", "next_case": "s"})
    assert (given["sign"], given["next_case"]) == ("j", "s")
    assert given["read_next"] == "n", "the worklist is another screen"


def test_a_default_gives_way_to_an_own_key() -> None:
    given = assigned({"sign": "g"})
    assert (given["sign"], given["flag"]) == ("g", "")
    flag = next(row for group in rows(given) for row in group if row["words"] == key_wording.WORDS["flag"])
    assert flag["caps"] == ["–"]


@pytest.mark.parametrize("bound", [{"gone": "a"}, {"sign": "c"}, {"sign": "["}, {"sign": "escape"}, {"left": "j"}])
def test_what_this_version_would_refuse_counts_as_not_bound(bound: dict[str, str]) -> None:
    assert assigned(bound) == assigned({})


@pytest.mark.parametrize(
    ("name", "key", "why"),
    [
        ("sign", "j", ""),
        ("discard", "j", ""),
        ("discard", "s", key_wording.TAKEN.format(key="S", words="Sign the verdict")),
        ("sign", "s", ""),
        ("sign", "f8", key_wording.TAKEN.format(key="F8", words="Go to the type of fracture")),
        ("sign", "i", key_wording.TAKEN.format(key="I", words="Invert")),
        ("sign", "w", key_wording.TAKEN.format(key="W", words="Go to the worklist")),
        ("sign", "=", key_wording.NOT_FOR_A_BUTTON),
        ("fit", "=", key_wording.TAKEN.format(key="=", words="Larger")),
        ("fit", "#", ""),
        ("fit", ";", key_wording.TAKEN.format(key=";", words="Show the file's graphics")),
        ("read_next", "i", ""),
        ("read_next", "w", key_wording.TAKEN.format(key="W", words="Go to the worklist")),
        ("sign", "c", key_wording.OF_THE_PAGE),
        ("fit", "r", key_wording.OF_THE_PAGE),
        ("rotate", "r", ""),
        ("fit", "?", key_wording.NO_KEY),
        ("fit", "f5", key_wording.NO_KEY),
        ("fit", "", key_wording.NO_KEY),
        ("fit", " ", key_wording.NO_KEY),
        ("fit", "ab", key_wording.NO_KEY),
        ("fit", "tab", key_wording.NO_KEY),
        ("fit", "J", key_wording.NO_KEY),
        ("left", "j", key_wording.FIXED),
    ],
)
def test_a_key_is_given_or_refused_with_a_reason(name: str, key: str, why: str) -> None:
    assert refusal({}, name, key) == why


def test_a_freed_key_can_be_given_and_a_taken_one_not() -> None:
    assert refusal({"sign": "j"}, "fit", "s") == ""
    assert refusal({"sign": "j"}, "next_case", "s") == ""
    assert "Sign" in refusal({"sign": "j"}, "fit", "j")


def test_the_sheet_prints_every_action_once_with_its_keys() -> None:
    given = assigned({"sign": "j"})
    printed = [row for group in rows(given) for row in group]
    assert [row["words"] for row in printed] == [
        key_wording.WORDS[action.name] for group in Group for action in ACTIONS if action.group is group
    ]
    caps = {row["words"]: row["caps"] for row in printed}
    assert caps[key_wording.WORDS["sign"]] == ["J"]
    assert caps[key_wording.WORDS["remove"]] == ["Del", "⌫"]
    assert [row["words"] for row in printed if row["before"]] == ["Magnifier"]


def test_the_reading_room_is_one_screen() -> None:
    one = Action("a", Group.VERDICT, By.BUTTON, "a")
    assert all(meet(one, Action("b", group, By.PICTURE, "a")) for group in READING_ROOM)
    assert not meet(one, Action("b", Group.WORKLIST, By.BUTTON, "a"))


def rows(given: dict[str, str]) -> list[list[dict[str, object]]]:
    """The rows of the sheet, by group."""
    groups = sent(given)["groups"]
    assert isinstance(groups, list)
    return [group["rows"] for group in groups]
