"""Signing in: the right password opens, wrong ones lock, sessions end by themselves, and all of it is audited."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.errors import AccountLocked, InvalidAccount, NotAllowed, SignInRefused
from core.rights import EVERYTHING, Actor, Role
from core.services import accounts, sign_in
from core.services.audit_trail import AuditQuery, check_chain, search
from core.services.site import Site
from core.store import accounts as store
from tests.clock import Clock
from tests.people import person

WORDS = "four bones in a row"
OTHER = "a fracture of the wrist"
ADMIN = person("Dr. First")


@pytest.fixture
def clock(empty_site: Site) -> Clock:
    """The site's clock in these tests."""
    held = Clock(datetime(2026, 3, 1, 8, tzinfo=UTC))
    empty_site.clock = held
    return held


@pytest.fixture
def site(empty_site: Site, clock: Clock) -> Site:
    """A site with its first account."""
    sign_in.first_account(empty_site, "Dr. First", WORDS)
    return empty_site


def outcomes(site: Site, action: str) -> list[str]:
    """What the audit trail says of this action, oldest first."""
    return [entry.outcome for entry in search(site, AuditQuery(action=action), actor=ADMIN, zone=UTC).entries][::-1]


def test_the_first_start_asks_for_the_first_account_and_only_once(empty_site: Site) -> None:
    assert sign_in.is_new(empty_site)
    token = sign_in.first_account(empty_site, "  Dr.  First ", WORDS)
    assert not sign_in.is_new(empty_site)
    held = sign_in.whoami(empty_site, token)
    assert held is not None
    assert (held.actor, held.must_change) == (Actor("Dr. First", EVERYTHING), False)
    with pytest.raises(InvalidAccount):
        sign_in.first_account(empty_site, "Dr. Second", WORDS)


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaaaaaa", "Dr. Somebody", "x" * 257])
def test_a_password_that_is_easily_guessed_is_refused(empty_site: Site, password: str) -> None:
    with pytest.raises(InvalidAccount):
        sign_in.first_account(empty_site, "Dr. Somebody", password)
    assert sign_in.is_new(empty_site)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "Dr.\x00Null", "two\u202elines"])
def test_a_name_is_printable_and_not_empty(empty_site: Site, name: str) -> None:
    with pytest.raises(InvalidAccount):
        sign_in.first_account(empty_site, name, WORDS)


def test_the_name_may_be_typed_in_any_case_the_password_not(site: Site) -> None:
    held = sign_in.whoami(site, sign_in.sign_in(site, "dr. FIRST", WORDS))
    assert held is not None
    assert held.actor.name == "Dr. First"
    with pytest.raises(SignInRefused):
        sign_in.sign_in(site, "Dr. First", WORDS.upper())


def test_neither_passwords_nor_tokens_stand_in_the_database(site: Site) -> None:
    token = sign_in.sign_in(site, "Dr. First", WORDS)
    with site.database.reading() as session:
        kept = str(session.execute(text("SELECT * FROM accounts")).all())
        kept += str(session.execute(text("SELECT * FROM sign_ins")).all())
        kept += str(session.execute(text("SELECT * FROM audit_entries")).all())
    assert "$argon2id$" in kept
    assert WORDS not in kept
    assert token not in kept


def test_who_does_not_exist_is_refused_in_the_same_words(site: Site) -> None:
    with pytest.raises(SignInRefused) as unknown:
        sign_in.sign_in(site, "Dr. Nobody", WORDS)
    with pytest.raises(SignInRefused) as wrong:
        sign_in.sign_in(site, "Dr. First", OTHER)
    assert str(unknown.value) == str(wrong.value)
    assert "Nobody" not in str(outcomes(site, "sign-in")), "it may be a password typed into the wrong field"


def test_wrong_passwords_lock_the_account_for_a_while_also_for_the_right_one(site: Site, clock: Clock) -> None:
    for _ in range(sign_in.MOST_FAILURES):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(site, "Dr. First", OTHER)
    with pytest.raises(AccountLocked) as locked:
        sign_in.sign_in(site, "Dr. First", WORDS)
    assert str(locked.value) == sign_in.REFUSED, "a lock does not tell that there is such an account"
    clock.now += sign_in.LOCKED_FOR + timedelta(seconds=1)
    assert sign_in.whoami(site, sign_in.sign_in(site, "Dr. First", WORDS)) is not None
    assert outcomes(site, "sign-in") == [
        "done", *["wrong password"] * 4, "wrong password; locked", "refused: locked", "done"
    ]  # fmt: skip
    assert check_chain(site, actor=ADMIN).broken_at is None


def test_a_session_ends_when_nobody_touches_the_workstation(site: Site, clock: Clock) -> None:
    token = sign_in.sign_in(site, "Dr. First", WORDS)
    idle = timedelta(minutes=site.settings.idle_minutes)
    clock.now += idle - timedelta(seconds=1)
    assert sign_in.still_there(site, token)
    clock.now += idle - timedelta(seconds=1)
    assert sign_in.whoami(site, token) is not None
    clock.now += timedelta(seconds=2)
    assert sign_in.whoami(site, token) is None
    assert not sign_in.still_there(site, token), "a session that ended is not woken again"


def test_a_window_left_alone_does_not_end_the_session_she_works_in_elsewhere(site: Site, clock: Clock) -> None:
    token = sign_in.sign_in(site, "Dr. First", WORDS)
    idle, late = timedelta(minutes=site.settings.idle_minutes), sign_in.report_interval(site.settings.idle_minutes)
    clock.now += idle - 2 * late - timedelta(seconds=1)
    assert sign_in.sign_out(site, token, idle=True) is None
    assert sign_in.whoami(site, token) is not None
    clock.now += late
    sign_in.sign_out(site, token, idle=True)
    assert sign_in.whoami(site, token) is None
    assert outcomes(site, "sign-out") == ["idle"]


def test_a_session_ends_with_the_shift_however_busy_it_was(site: Site, clock: Clock) -> None:
    token = sign_in.sign_in(site, "Dr. First", WORDS)
    ends = clock.now + sign_in.LONGEST_SESSION
    while clock.now + timedelta(minutes=10) < ends:
        clock.now += timedelta(minutes=10)
        assert sign_in.still_there(site, token)
    clock.now = ends
    assert sign_in.whoami(site, token) is None


def test_signing_out_ends_this_session_alone(site: Site) -> None:
    one, two = (sign_in.sign_in(site, "Dr. First", WORDS) for _ in range(2))
    sign_in.sign_out(site, one)
    sign_in.sign_out(site, one)
    assert sign_in.whoami(site, one) is None
    assert sign_in.whoami(site, two) is not None
    assert outcomes(site, "sign-out") == ["done"]


@pytest.mark.parametrize("token", ["", "made up", "0" * 64])
def test_a_token_nobody_was_given_is_nobody(site: Site, token: str) -> None:
    assert sign_in.whoami(site, token) is None


def test_another_password_ends_every_other_session(site: Site) -> None:
    one, two = (sign_in.sign_in(site, "Dr. First", WORDS) for _ in range(2))
    new = sign_in.change_password(site, one, WORDS, OTHER)
    assert [sign_in.whoami(site, token) is not None for token in (one, two, new)] == [False, False, True]
    with pytest.raises(SignInRefused):
        sign_in.sign_in(site, "Dr. First", WORDS)
    with pytest.raises(SignInRefused):
        sign_in.change_password(site, new, WORDS, "another one altogether")
    with pytest.raises(InvalidAccount):
        sign_in.change_password(site, new, OTHER, OTHER)


def test_an_account_made_for_somebody_must_choose_its_own_password(site: Site) -> None:
    given = accounts.add_account(site, "Dr. New", [Role.READER], actor=ADMIN)
    token = sign_in.sign_in(site, "Dr. New", given)
    held = sign_in.whoami(site, token)
    assert held is not None
    assert held.must_change
    own = sign_in.whoami(site, sign_in.change_password(site, token, given, OTHER))
    assert own is not None
    assert (own.must_change, own.actor) == (False, person("Dr. New", Role.READER))


def test_a_name_is_given_once_whatever_its_case(site: Site) -> None:
    with pytest.raises(InvalidAccount):
        accounts.add_account(site, "dr.  FIRST", [Role.READER], actor=ADMIN)
    with pytest.raises(InvalidAccount):
        accounts.add_account(site, "Dr. New", [], actor=ADMIN)


def test_a_name_that_looks_like_another_is_not_given_and_one_that_was_still_opens(site: Site) -> None:
    wide = "Ｄｒ． Ａ"
    with site.database.session() as rows:
        store.add(rows, name=wide, password_hash="", roles=[Role.READER], must_change=False, at=site.clock())
        assert store.by_name(rows, wide) is not None
    assert store.alike(wide) == "dr. a"
    for name in ("Dr. A", "dr.  ａ"):
        with pytest.raises(InvalidAccount, match="Somebody has this name"):
            accounts.add_account(site, name, [Role.READER], actor=person("Dr. Admin"))


def test_closing_an_account_ends_its_sessions_and_keeps_what_it_did(site: Site) -> None:
    given = accounts.add_account(site, "Dr. New", [Role.READER], actor=ADMIN)
    token = sign_in.sign_in(site, "Dr. New", given)
    accounts.close_account(site, 2, actor=ADMIN)
    assert sign_in.whoami(site, token) is None
    with pytest.raises(SignInRefused):
        sign_in.sign_in(site, "Dr. New", given)
    assert [each.name for each in accounts.every_account(site, actor=ADMIN)] == ["Dr. First", "Dr. New"]
    accounts.reopen_account(site, 2, actor=ADMIN)
    assert sign_in.whoami(site, sign_in.sign_in(site, "Dr. New", given)) is not None


def test_other_roles_count_for_open_sessions_too(site: Site) -> None:
    given = accounts.add_account(site, "Dr. New", [Role.READER], actor=ADMIN)
    token = sign_in.sign_in(site, "Dr. New", given)
    accounts.change_roles(site, 2, [Role.LEAD, Role.READER], actor=ADMIN)
    held = sign_in.whoami(site, token)
    assert held is not None
    assert held.actor.roles == {Role.LEAD, Role.READER}


def test_the_last_admin_cannot_be_lost(site: Site) -> None:
    with pytest.raises(InvalidAccount):
        accounts.close_account(site, 1, actor=ADMIN)
    with pytest.raises(InvalidAccount):
        accounts.change_roles(site, 1, [Role.READER], actor=ADMIN)
    token = sign_in.sign_in(site, "Dr. First", WORDS)
    assert sign_in.whoami(site, token) is not None, "nothing of the refused change was done"


def test_a_reset_lifts_the_lock_and_ends_sessions(site: Site) -> None:
    given = accounts.add_account(site, "Dr. New", [Role.READER], actor=ADMIN)
    token = sign_in.sign_in(site, "Dr. New", given)
    for _ in range(sign_in.MOST_FAILURES):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(site, "Dr. New", OTHER)
    again = accounts.reset_password(site, 2, actor=ADMIN)
    assert sign_in.whoami(site, token) is None
    assert sign_in.whoami(site, sign_in.sign_in(site, "Dr. New", again)) is not None


@pytest.mark.parametrize("role", [Role.READER, Role.LEAD])
def test_only_an_admin_keeps_the_accounts(site: Site, role: Role) -> None:
    actor = person("Dr. Else", role)
    verbs = (
        lambda: accounts.every_account(site, actor=actor),
        lambda: accounts.add_account(site, "Dr. New", [Role.ADMIN], actor=actor),
        lambda: accounts.change_roles(site, 1, [Role.ADMIN], actor=actor),
        lambda: accounts.close_account(site, 1, actor=actor),
        lambda: accounts.reopen_account(site, 1, actor=actor),
        lambda: accounts.reset_password(site, 1, actor=actor),
    )
    for verb in verbs:
        with pytest.raises(NotAllowed):
            verb()
