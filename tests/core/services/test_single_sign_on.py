"""Single sign-on: a real provider on this machine; its word opens, and every way to forge or replay it does not."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from socket import socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import text

from core.errors import IdentityRefused, InvalidAccount, ProviderUnavailable, SignInRefused
from core.exchange import provider as provider_door
from core.rights import Role
from core.services import accounts, sign_in, single_sign_on
from core.services.audit_trail import AuditQuery, check_chain, search
from core.services.single_sign_on import Arrival
from core.services.site import Site
from core.settings import Settings
from tests.clock import Clock
from tests.oidc_provider import ADMINS, LEADS, READERS, SECRET, Claims, Provider, providing, signed
from tests.people import person

WORDS, OTHER = "four bones in a row", "not the secret"
STRANGER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
"""A key under the name of the provider's own."""


@dataclass
class Browser:
    """Somebody at a workstation: what she holds, and what the provider sends her back with."""

    site: Site
    provider: Provider

    def leave(self, wanted: str = "/worklist") -> tuple[str, dict[str, str]]:
        """Go to the provider and come back to our door: the browser's token, and the answer in the address."""
        departure = single_sign_on.depart(self.site, wanted)
        reply = requests.get(departure.url, allow_redirects=False, timeout=30)
        return departure.token, dict(parse_qsl(urlsplit(reply.headers["Location"]).query))

    def arrive(self) -> Arrival:
        """The whole way."""
        token, answer = self.leave()
        return single_sign_on.arrive(self.site, answer, token)


@pytest.fixture
def clock(empty_site: Site) -> Clock:
    """The time of both the site and the provider."""
    held = Clock(datetime(2026, 3, 1, 8, tzinfo=UTC))
    empty_site.clock = held
    return held


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    """A provider of this test's own."""
    with providing(lambda: clock().timestamp()) as running:
        yield running


@pytest.fixture
def site(empty_site: Site, provider: Provider) -> Site:
    """A site that trusts it, with a local account."""
    sign_in.first_account(empty_site, "Dr. First", WORDS)
    return trusting(empty_site, provider)


@pytest.fixture
def browser(site: Site, provider: Provider) -> Browser:
    """A browser at that site."""
    return Browser(site, provider)


def trusting(site: Site, provider: Provider, **changed: object) -> Site:
    """The site with the provider set up."""
    site.settings = Settings(
        data_dir=site.settings.data_dir, bundle=site.settings.bundle, oidc=provider.settings(**changed)
    )
    return site


def outcomes(site: Site) -> list[str]:
    """What the audit trail says of accounts and sign-ins since the first account, oldest first."""
    found = search(site, AuditQuery(), actor=person(), zone=UTC).entries[::-1]
    return [f"{entry.actor}: {entry.action}: {entry.outcome}" for entry in found][2:]


def known(site: Site) -> dict[str, tuple[str, ...]]:
    """Every account's roles by name."""
    return {each.name: each.roles for each in accounts.every_account(site, actor=person())}


# --- Coming in -------------------------------------------------------------------------------------------------------
def test_the_providers_word_makes_an_account_with_the_roles_of_its_groups(browser: Browser, site: Site) -> None:
    arrival = browser.arrive()
    held = sign_in.whoami(site, arrival.token)
    assert held is not None
    assert (held.actor, held.must_change) == (person("Dr. Ada Federate", Role.READER), False)
    assert arrival.wanted == "/worklist"
    assert outcomes(site) == [
        "Dr. Ada Federate: account: added by the provider: reader",
        "Dr. Ada Federate: sign-in: done by the provider",
    ]
    assert check_chain(site, actor=person()).broken_at is None


def test_the_second_time_it_is_the_same_account_whatever_the_name(browser: Browser, site: Site) -> None:
    browser.arrive()
    browser.provider.person["name"] = "Dr. Ada Married"
    held = sign_in.whoami(site, browser.arrive().token)
    assert held is not None
    assert held.actor.name == "Dr. Ada Federate", "verdicts stand under this name"
    assert set(known(site)) == {"Dr. First", "Dr. Ada Federate"}


def test_what_is_asked_is_bound_to_this_attempt_and_to_a_fresh_sign_in(browser: Browser) -> None:
    browser.arrive()
    browser.arrive()
    one, two = (asked for path, asked in browser.provider.asked if path == "/authorize")
    assert (one["response_type"], one["code_challenge_method"], one["prompt"]) == ("code", "S256", "login")
    assert (one["scope"], one["max_age"]) == ("openid profile", "0")
    assert one["redirect_uri"] == "http://localhost:8501/lucency/sign-in/oidc/back"
    for secret in ("state", "nonce", "code_challenge"):
        assert one[secret] != two[secret]
        assert len(one[secret]) >= 43


def test_neither_secret_nor_code_nor_state_stands_in_the_database(browser: Browser, site: Site) -> None:
    departure = single_sign_on.depart(site, "/")
    state = dict(parse_qsl(urlsplit(departure.url).query))["state"]
    with site.database.reading() as session:
        kept = str(session.execute(text("SELECT * FROM sign_in_attempts")).all())
    assert kept != "[]"
    assert state not in kept
    assert departure.token not in kept


def test_other_groups_are_other_roles_at_the_next_sign_in_and_audited(browser: Browser, site: Site) -> None:
    before = browser.arrive().token
    browser.provider.person["groups"] = [LEADS, "another", ADMINS]
    browser.arrive()
    assert known(site)["Dr. Ada Federate"] == ("admin", "lead")
    held = sign_in.whoami(site, before)
    assert held is not None
    assert held.actor.roles == {Role.ADMIN, Role.LEAD}, "open sessions have the new roles at once"
    assert outcomes(site)[2] == "Dr. Ada Federate: account: roles by the provider: admin, lead"


def test_who_left_every_group_is_refused_and_her_open_sessions_end(browser: Browser, site: Site) -> None:
    before = browser.arrive().token
    browser.provider.person["groups"] = ["cardiology"]
    with pytest.raises(IdentityRefused, match="none of your groups"):
        browser.arrive()
    assert sign_in.whoami(site, before) is None
    assert outcomes(site)[-1] == "Dr. Ada Federate: sign-in: refused: no group with a role"


@pytest.mark.parametrize("groups", [None, [], ["cardiology"], "radiology", [[READERS]], 7, READERS.upper()])
def test_who_has_no_group_here_gets_no_account(browser: Browser, site: Site, groups: object) -> None:
    browser.provider.claims["groups"] = groups
    with pytest.raises(IdentityRefused, match="none of your groups"):
        browser.arrive()
    assert set(known(site)) == {"Dr. First"}
    assert outcomes(site) == ["nobody: sign-in: refused: no group with a role"]


def test_one_group_may_be_told_without_a_list(browser: Browser, site: Site) -> None:
    browser.provider.claims["groups"] = LEADS
    browser.arrive()
    assert known(site)["Dr. Ada Federate"] == ("lead",)


def test_a_closed_account_stays_closed(browser: Browser, site: Site) -> None:
    browser.arrive()
    accounts.close_account(site, 2, actor=person())
    with pytest.raises(IdentityRefused, match="closed"):
        browser.arrive()
    accounts.reopen_account(site, 2, actor=person())
    assert sign_in.whoami(site, browser.arrive().token) is not None


@pytest.mark.parametrize("name", ["Dr. First", "dr.  FIRST", "\N{FULLWIDTH LATIN CAPITAL LETTER D}r. First"])
def test_nobody_takes_over_a_local_account_by_its_name(browser: Browser, site: Site, name: str) -> None:
    browser.provider.person["name"] = name
    with pytest.raises(IdentityRefused, match="under your name"):
        browser.arrive()
    assert known(site) == {"Dr. First": ("admin", "lead", "reader")}
    assert outcomes(site) == ["nobody: sign-in: refused: a name that another account has"]


def test_somebody_else_of_the_same_name_is_somebody_else(browser: Browser) -> None:
    browser.arrive()
    browser.provider.person["sub"] = "1002"
    with pytest.raises(IdentityRefused, match="under your name"):
        browser.arrive()


@pytest.mark.parametrize("name", ["command line", "Nobody", "x" * 65, "two\u202elines"])
def test_a_name_that_cannot_stand_beside_a_verdict_is_refused(browser: Browser, site: Site, name: str) -> None:
    browser.provider.person["name"] = name
    with pytest.raises(IdentityRefused, match="cannot be used"):
        browser.arrive()
    assert set(known(site)) == {"Dr. First"}


@pytest.mark.parametrize("name", [None, "", "  ", 5, ["Dr. Ada"]])
def test_without_a_name_nobody_comes_in(browser: Browser, name: object) -> None:
    browser.provider.claims["name"] = name
    with pytest.raises(IdentityRefused, match="did not tell your name"):
        browser.arrive()


def test_the_account_of_another_issuer_is_another_one(browser: Browser, site: Site) -> None:
    browser.arrive()
    with site.database.session() as session:
        session.execute(text("UPDATE accounts SET issuer = 'https://other.example' WHERE key = 2"))
    with pytest.raises(IdentityRefused, match="under your name"):
        browser.arrive()


# --- The return, forged or late --------------------------------------------------------------------------------------
def test_a_return_is_taken_up_once(browser: Browser, site: Site) -> None:
    browser.provider.reuse = True
    token, answer = browser.leave()
    single_sign_on.arrive(site, answer, token)
    with pytest.raises(IdentityRefused, match="used already"):
        single_sign_on.arrive(site, answer, token)


def test_a_refused_return_is_taken_up_once_too(browser: Browser, site: Site) -> None:
    token, answer = browser.leave()
    with pytest.raises(IdentityRefused):
        single_sign_on.arrive(site, {"state": answer["state"], "error": "access_denied"}, token)
    with pytest.raises(IdentityRefused, match="used already"):
        single_sign_on.arrive(site, answer, token)


def test_a_used_code_is_refused_under_another_state(browser: Browser, site: Site) -> None:
    token, answer = browser.leave()
    single_sign_on.arrive(site, answer, token)
    other, fresh = browser.leave()
    with pytest.raises(IdentityRefused, match="could not be verified"):
        single_sign_on.arrive(site, fresh | {"code": answer["code"]}, other)


def test_a_code_of_another_attempt_is_refused_by_verifier_and_nonce(browser: Browser, site: Site) -> None:
    _, stolen = browser.leave()
    token, mine = browser.leave()
    with pytest.raises(IdentityRefused, match="could not be verified"):
        single_sign_on.arrive(site, mine | {"code": stolen["code"]}, token)


def test_a_return_in_another_browser_signs_nobody_in(browser: Browser, site: Site) -> None:
    token, answer = browser.leave()
    other, _ = browser.leave()
    for held in (other, "", "made up"):
        with pytest.raises(IdentityRefused, match="not begun in this browser"):
            single_sign_on.arrive(site, answer, held)
    assert sign_in.whoami(site, single_sign_on.arrive(site, answer, token).token), "her own attempt is not used up"


@pytest.mark.parametrize("state", [None, "", "made up"])
def test_a_return_without_its_state_is_refused(browser: Browser, site: Site, state: str | None) -> None:
    token, answer = browser.leave()
    forged = {"code": answer["code"]} | ({} if state is None else {"state": state})
    with pytest.raises(IdentityRefused, match="not begun in this browser"):
        single_sign_on.arrive(site, forged, token)


def test_a_return_after_ten_minutes_is_too_late(browser: Browser, site: Site, clock: Clock) -> None:
    token, answer = browser.leave()
    clock.now += single_sign_on.ATTEMPT_LASTS
    with pytest.raises(IdentityRefused, match="ten minutes"):
        single_sign_on.arrive(site, answer, token)


def test_an_answer_of_another_provider_is_refused(browser: Browser, site: Site) -> None:
    token, answer = browser.leave()
    with pytest.raises(IdentityRefused, match="could not be verified"):
        single_sign_on.arrive(site, answer | {"iss": "https://evil.example"}, token)
    assert "/token" not in [path for path, _ in browser.provider.asked], "the code is not handed on"


def test_a_provider_that_promises_its_name_must_tell_it(browser: Browser, site: Site) -> None:
    browser.provider.metadata["authorization_response_iss_parameter_supported"] = True
    token, answer = browser.leave()
    with pytest.raises(IdentityRefused, match="could not be verified"):
        single_sign_on.arrive(site, answer, token)
    token, answer = browser.leave()
    assert single_sign_on.arrive(site, answer | {"iss": browser.provider.issuer}, token).token


def test_who_cancels_at_the_provider_is_told_so_and_its_words_are_not_repeated(
    browser: Browser, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    token, answer = browser.leave()
    said = {"state": answer["state"], "error": "<b>access_denied", "error_description": "Dr. Ada was here"}
    with pytest.raises(IdentityRefused, match="let nobody in") as refused:
        single_sign_on.arrive(site, said, token)
    for place in (str(refused.value), caplog.text, *outcomes(site)):
        assert "access_denied" not in place
        assert "Ada" not in place


# --- The ID token, forged --------------------------------------------------------------------------------------------
def by_hand(claims: Claims, algorithm: str, secret: bytes) -> str:
    """A token without a signature, or with one that both sides can make: the library refuses to forge these."""
    parts = ({"alg": algorithm, "kid": "one"}, claims)
    body = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    signature = b"" if algorithm == "none" else hmac.digest(secret, body, "sha256")
    return (body + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


FORGED: dict[str, Claims] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "several audiences, made for another": {"aud": ["lucency", "another"], "azp": "another"},
    "several audiences, made for nobody": {"aud": ["lucency", "another"]},
    "another nonce": {"nonce": "of another attempt"},
    "no nonce": {"nonce": None},
    "no end": {"exp": None},
    "not a time": {"exp": "tomorrow"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 1001},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "no time of the sign-in": {"auth_time": None},
    "a time that is none": {"auth_time": "now"},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_claim_that_does_not_fit_is_refused(browser: Browser, site: Site, forged: Claims) -> None:
    browser.provider.claims.update(forged)
    with pytest.raises(IdentityRefused, match="could not be verified"):
        browser.arrive()
    assert set(known(site)) == {"Dr. First"}
    assert outcomes(site) == ["nobody: sign-in: refused: not vouched for by the provider"]


SIGNERS: dict[str, Callable[[Provider, Claims], str]] = {
    "another key of the same name": lambda _, claims: signed(claims, STRANGER),
    "another key of another name": lambda _, claims: signed(claims, RSAKey.generate_key(2048, {"kid": "two"})),
    "nobody": lambda _, claims: by_hand(claims, "none", b""),
    "the public key as a shared secret": lambda provider, claims: by_hand(
        claims, "HS256", provider.key.as_pem(private=False)
    ),
    "the client's secret": lambda _, claims: by_hand(claims, "HS256", SECRET.encode()),
    "a key that the token brings along": lambda _, claims: jwt.encode(
        {"alg": "RS256", "jwk": STRANGER.as_dict(private=False)}, claims, STRANGER, ["RS256"]
    ),
    "a changed body": lambda provider, claims: changed_body(signed(claims, provider.key)),
    "no token at all": lambda *_: "not a token",
}


def changed_body(token: str) -> str:
    """The token with one character of its claims changed."""
    header, body, signature = token.split(".")
    return f"{header}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of the forger's own key
@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)
def test_a_token_the_provider_did_not_sign_is_refused(browser: Browser, site: Site, signer: Any) -> None:
    browser.provider.sign = lambda claims: signer(browser.provider, claims)
    with pytest.raises(IdentityRefused, match="could not be verified"):
        browser.arrive()
    assert set(known(site)) == {"Dr. First"}


def test_the_clocks_may_differ_by_a_minute_and_no_more(browser: Browser, clock: Clock) -> None:
    browser.provider.now = lambda: clock.now.timestamp() + 50
    assert browser.arrive().token
    browser.provider.now = lambda: clock.now.timestamp() - 50
    assert browser.arrive().token
    for off in (120, -120):
        browser.provider.now = lambda off=off: clock.now.timestamp() + off  # type: ignore[misc]
        with pytest.raises(IdentityRefused, match="could not be verified"):
            browser.arrive()


def test_an_expired_token_is_refused(browser: Browser, clock: Clock) -> None:
    browser.provider.claims["exp"] = int(clock.now.timestamp()) - 61
    with pytest.raises(IdentityRefused, match="could not be verified"):
        browser.arrive()


def test_the_providers_own_memory_does_not_open_a_locked_workstation(browser: Browser, clock: Clock) -> None:
    browser.provider.claims["auth_time"] = int((clock.now - timedelta(minutes=20)).timestamp())
    with pytest.raises(IdentityRefused, match="could not be verified"):
        browser.arrive()
    trusting(browser.site, browser.provider, ask_again=False)
    assert browser.arrive().token
    asked = [asked for path, asked in browser.provider.asked if path == "/authorize"][-1]
    assert not {"prompt", "max_age"} & set(asked)


def test_a_new_key_of_the_provider_counts_at_once(browser: Browser) -> None:
    browser.arrive()
    browser.provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    assert browser.arrive().token


# --- The provider, silent or strange ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_fails_is_told_in_words(browser: Browser, site: Site, path: str) -> None:
    token, answer = browser.leave()
    browser.provider.broken = path
    with pytest.raises(ProviderUnavailable, match="does not answer"):
        single_sign_on.arrive(site, answer, token)
    assert sign_in.sign_in(site, "Dr. First", WORDS)


def test_a_provider_that_is_gone_is_told_in_words(site: Site) -> None:
    trusting(site, Provider("http://127.0.0.1:9", lambda: 0))
    with pytest.raises(ProviderUnavailable, match="does not answer"):
        single_sign_on.depart(site, "/")
    assert sign_in.sign_in(site, "Dr. First", WORDS)


@pytest.mark.parametrize(
    "published",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"token_endpoint": None},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
    ],
)
def test_a_provider_that_publishes_something_else_is_not_trusted(browser: Browser, published: Claims) -> None:
    browser.provider.metadata.update(published)
    with pytest.raises(ProviderUnavailable):
        browser.leave()


def test_the_wrong_client_secret_is_not_shown_and_signs_nobody_in(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    trusting(browser.site, browser.provider, client_secret=OTHER)
    with pytest.raises(IdentityRefused, match="could not be verified"):
        browser.arrive()
    assert "invalid_client" in caplog.text
    assert OTHER not in caplog.text


def test_a_provider_that_never_answers_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_door, "SECONDS", (0.2, 0.2))
    with socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        trusting(site, Provider(f"http://127.0.0.1:{deaf.getsockname()[1]}", lambda: 0))
        with pytest.raises(ProviderUnavailable, match="does not answer"):
            single_sign_on.depart(site, "/")


def test_a_provider_that_hangs_does_not_use_up_every_thread(browser: Browser, site: Site) -> None:
    with ExitStack() as busy:
        for _ in range(provider_door.AT_ONCE):
            busy.enter_context(provider_door.answering())
        with pytest.raises(ProviderUnavailable, match="does not answer"):
            single_sign_on.depart(site, "/")
        assert browser.provider.asked == []
    assert single_sign_on.depart(site, "/").url


def test_the_client_secret_is_sent_as_the_provider_takes_it(browser: Browser) -> None:
    browser.provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert browser.arrive().token
    assert [form["client_secret"] for path, form in browser.provider.asked if path == "/token"] == [SECRET]


# --- Passwords beside it ---------------------------------------------------------------------------------------------
def test_an_account_of_the_provider_has_no_password_here(browser: Browser, site: Site) -> None:
    token = browser.arrive().token
    for password in ("", WORDS):
        with pytest.raises(SignInRefused, match="do not fit together"):
            sign_in.sign_in(site, "Dr. Ada Federate", password)
    with pytest.raises(InvalidAccount, match="kept by the hospital"):
        accounts.reset_password(site, 2, actor=person())
    with pytest.raises(InvalidAccount, match="kept by the hospital"):
        sign_in.change_password(site, token, "", WORDS)
    with pytest.raises(InvalidAccount, match="come from the hospital"):
        accounts.change_roles(site, 2, [Role.ADMIN], actor=person())
    assert sign_in.whoami(site, token) is not None


def test_wrong_passwords_do_not_lock_her_out(browser: Browser, site: Site) -> None:
    browser.arrive()
    for _ in range(sign_in.MOST_FAILURES + 1):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(site, "Dr. Ada Federate", WORDS)
    assert browser.arrive().token


def test_passwords_may_be_left_to_admins(browser: Browser, site: Site) -> None:
    given = accounts.add_account(site, "Dr. Local", [Role.READER], actor=person())
    trusting(site, browser.provider, passwords="admins")
    with pytest.raises(SignInRefused, match="Passwords are for admins"):
        sign_in.sign_in(site, "Dr. Local", given)
    with pytest.raises(SignInRefused, match="do not fit together"):
        sign_in.sign_in(site, "Dr. Local", "a guess at it")
    with pytest.raises(InvalidAccount, match="Passwords are for admins"):
        accounts.add_account(site, "Dr. Other", [Role.READER], actor=person())
    assert sign_in.sign_in(site, "Dr. First", WORDS)
    assert accounts.add_account(site, "Break Glass", [Role.ADMIN], actor=person())


def test_without_a_provider_nobody_is_sent_anywhere(empty_site: Site) -> None:
    with pytest.raises(IdentityRefused, match="Sign in with a password"):
        single_sign_on.depart(empty_site, "/")


def test_the_first_admin_may_come_from_the_provider(empty_site: Site, provider: Provider) -> None:
    assert sign_in.needs_first(trusting(empty_site, provider, admin_groups=()))
    site = trusting(empty_site, provider)
    assert not sign_in.needs_first(site)
    with pytest.raises(InvalidAccount, match="hospital's sign-in"):
        sign_in.first_account(site, "Dr. First", WORDS)
    provider.person["groups"] = [ADMINS]
    held = sign_in.whoami(site, Browser(site, provider).arrive().token)
    assert held is not None
    assert held.actor.roles == {Role.ADMIN}


# --- The way out -----------------------------------------------------------------------------------------------------
def test_signing_out_ends_the_providers_session_too(browser: Browser, site: Site) -> None:
    arrival = browser.arrive()
    id_token = sign_in.sign_out(site, arrival.token)
    parts = urlsplit(single_sign_on.farewell(site, id_token))
    asked = dict(parse_qsl(parts.query))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{browser.provider.issuer}/logout"
    assert asked["id_token_hint"] == id_token
    assert asked["post_logout_redirect_uri"] == "http://localhost:8501/lucency/sign-in"
    assert sign_in.whoami(site, arrival.token) is None


@pytest.mark.parametrize("endpoint", [None, "http://evil.example/logout"])
def test_without_a_safe_way_out_at_the_provider_only_ours_ends(browser: Browser, site: Site, endpoint: object) -> None:
    browser.provider.metadata["end_session_endpoint"] = endpoint
    assert single_sign_on.farewell(site, sign_in.sign_out(site, browser.arrive().token)) == ""


def test_a_silent_provider_does_not_keep_anybody_in(browser: Browser, site: Site) -> None:
    token = browser.arrive().token
    browser.provider.broken = "/.well-known/openid-configuration"
    assert single_sign_on.farewell(site, sign_in.sign_out(site, token)) == ""
    assert sign_in.whoami(site, token) is None


def test_after_a_password_the_provider_is_not_told(site: Site, provider: Provider) -> None:
    id_token = sign_in.sign_out(site, sign_in.sign_in(site, "Dr. First", WORDS))
    assert single_sign_on.farewell(site, id_token) == ""
    assert provider.asked == []
