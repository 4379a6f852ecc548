"""Rights: every verb of the services asks for the right it needs, whoever calls it, and from whichever face."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotAllowed
from core.rights import RIGHTS, Actor, Right, Role, permit, roles_of
from tests.people import person

VERBS: dict[str, dict[Right, tuple[str, ...]]] = {
    "review": {
        Right.READ: (
            "open_case", "adjudicates", "give_verdict", "reveal_ai", "has_seen_ai", "flag", "unflag", "failed_analyses",
        )
    },
    "unsigned_read": {Right.READ: ("unsigned_read", "keep_unsigned", "discard_unsigned")},
    "withdraw": {Right.READ: ("undoable", "withdraw_verdict")},
    "key_image": {Right.READ: ("choose_key_image",)},
    "claim": {Right.READ: ("claim_case", "take_over", "claim_next", "peek_next", "held_back", "left_open")},
    "prior": {Right.READ: ("open_prior",)},
    "saved_views": {Right.READ: ("views", "save_view", "remove_view")},
    "key_bindings": {Right.READ: ("bindings", "bind", "restore_defaults")},
    "triage": {Right.READ: ("worklist", "asked_anew", "body_parts")},
    "pictures": {Right.READ: ("picture", "preview_png", "overlay_png", "images_of", "prefetch")},
    "batch": {Right.UPLOAD: ("start_import", "start_samples")},
    "export": {Right.EXPORT: ("export_table", "export_size", "export_csv")},
    "training_export": {Right.IDENTIFIERS: ("export_training",)},
    "agreement": {Right.AGREEMENT: ("site_agreement", "readers")},
    "audit_trail": {Right.AUDIT: ("search", "choices", "check_chain")},
    "stored_files": {Right.AUDIT: ("check_files",)},
    "accounts": {
        Right.ACCOUNTS: (
            "every_account", "add_account", "change_roles", "close_account", "reopen_account", "reset_password",
        )
    },
}  # fmt: skip
"""Every verb that shows, changes or sends out something of a case or an account."""
WITHIN_VERBS = {
    "blinding": {"offer", "awaits_her", "check_adjudication", "decided", "as_seen", "check_ai"},
}  # fmt: skip
"""No verbs, though told who acts: only verbs call them, once they have asked for their right."""
SERVICES = sorted((Path(__file__).resolve().parents[2] / "core" / "services").glob("*.py"))


def verbs() -> Iterator[tuple[str, str, Right]]:
    """Module, function and right."""
    for module, rights in VERBS.items():
        for right, names in rights.items():
            yield from ((module, name, right) for name in names)


def refusing(right: Right) -> list[Role]:
    """Roles that do not carry the right."""
    return [role for role in Role if right not in RIGHTS[role]]


class Untouched:
    """Stands for every other argument: a verb that looks at one before it has asked for the right fails the test."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"used before the right was asked for: {name}")

    def __iter__(self) -> Any:
        raise AssertionError("used before the right was asked for")


CASES = [(module, name, role) for module, name, right in verbs() for role in refusing(right)]


@pytest.mark.parametrize(("module", "name", "role"), CASES)
def test_a_verb_is_closed_to_other_roles(module: str, name: str, role: Role) -> None:
    verb: Callable[..., object] = getattr(import_module(f"core.services.{module}"), name)
    needed = [
        each.name
        for each in inspect.signature(verb).parameters.values()
        if each.default is inspect.Parameter.empty and each.name != "actor"
    ]
    with pytest.raises(NotAllowed):
        verb(**{each: Untouched() for each in needed}, actor=person("Dr. A", role))


def told_who_acts(path: Path) -> Iterator[str]:
    """Functions of a module with an argument `actor: Actor`; the file is read, not imported."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            actors = (each.annotation for each in given if each.arg == "actor" and each.annotation is not None)
            yield from (node.name for annotation in actors if "Actor" in ast.unparse(annotation))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_every_verb_that_is_told_who_acts_stands_in_the_table(path: Path) -> None:
    listed = {name for names in VERBS.get(path.stem, {}).values() for name in names}
    assert set(told_who_acts(path)) == listed | WITHIN_VERBS.get(path.stem, set())


def test_who_keeps_the_accounts_sees_no_image_and_who_reads_keeps_no_accounts() -> None:
    assert not person("Dr. A", Role.ADMIN).may(Right.READ)
    assert not person("Dr. A", Role.LEAD).may(Right.ACCOUNTS)
    assert permit(person("Dr. A", Role.LEAD, Role.ADMIN), Right.ACCOUNTS) == "Dr. A"
    with pytest.raises(NotAllowed):
        permit(Actor("Dr. A", frozenset()), Right.READ)


def test_roles_are_known_by_their_words() -> None:
    assert roles_of(["reader", "lead"]) == {Role.READER, Role.LEAD}
    with pytest.raises(NotAllowed):
        roles_of(["reader", "god"])
