"""Single sign-on at the running server: where it leads, what it sets, and what it refuses."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from core.rights import Role
from core.services import sign_in
from core.services.site import open_site
from core.settings import Settings
from dashboard.gate import COOKIE
from dashboard.single_sign_on import COOKIE as ATTEMPT
from tests.browser.serving import DASHBOARD, free_port, serving
from tests.dashboard.door import PAGE, Door, Reply
from tests.oidc_provider import SECRET, Provider, providing
from tests.people import left_alone, member

pytestmark = pytest.mark.xdist_group("dashboard_single_sign_on")

WORDS = "a line through the bone"
LEAVE, BACK = "/lucency/sign-in/oidc", "/lucency/sign-in/oidc/back"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    """One provider for all tests of this file."""
    with providing(time.time) as started:
        yield started


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    """The provider, without the lies of the test before."""
    yield running
    running.broken = ""
    running.claims.clear()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, running: Provider) -> Iterator[Door]:
    """The dashboard as a hospital starts it, new: nobody has an account."""
    folder, port = tmp_path_factory.mktemp("single_sign_on"), free_port()
    variables = running.environment(f"http://localhost:{port}") | {"LUCENCY_BUNDLE": str(folder / "none")}
    with serving(DASHBOARD, folder=folder, environment=variables, port=port) as server:
        with open_site(Settings(data_dir=server.data_dir, bundle=folder / "none")) as site:
            yield Door(f"localhost:{port}", site)
        assert "Traceback" not in server.log()
        assert SECRET not in server.log()


def there(door: Door, wanted: str = "") -> tuple[Reply, str]:
    """To the provider, where the person signs in: our reply, and the address she is sent back to."""
    reply = door.ask(f"{LEAVE}{wanted}", PAGE)
    back = requests.get(reply.headers["location"], allow_redirects=False, timeout=30).headers["Location"]
    parts = urlsplit(back)
    return reply, f"{parts.path}?{parts.query}"


def and_back(door: Door, wanted: str = "") -> Reply:
    """The whole way, in one browser."""
    reply, back = there(door, wanted)
    return door.ask(back, PAGE | {"Cookie": f"{ATTEMPT}={reply.cookies[ATTEMPT].value}"})


def test_a_new_site_offers_the_hospital_and_no_first_account(door: Door) -> None:
    assert sign_in.is_new(door.site)
    reply = door.ask("/lucency/sign-in", PAGE)
    assert "Sign in with St. Elsewhere" in reply.body
    assert "first account" not in reply.body
    form = {"name": "Dr. First", "password": WORDS, "again": WORDS}
    assert door.ask("/lucency/sign-in", form=form).status == 403
    assert sign_in.is_new(door.site)


def test_the_way_there_sets_a_cookie_for_the_way_back_alone(door: Door) -> None:
    reply = door.ask(LEAVE, PAGE | {"X-Forwarded-Proto": "https"})
    held = reply.cookies[ATTEMPT]
    assert reply.status == 303
    assert (held["httponly"], held["samesite"], held["path"]) == (True, "lax", LEAVE)
    assert (held["secure"], held["max-age"]) == (True, "600")
    assert (reply.headers["cache-control"], reply.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert COOKIE not in reply.cookies


def test_the_way_back_opens_the_page_that_was_wanted(door: Door) -> None:
    reply = and_back(door, "?next=/reading")
    assert (reply.status, reply.headers["refresh"]) == (200, "0; url=/reading")
    held = reply.cookies[COOKIE]
    assert (held["httponly"], held["samesite"], held["path"]) == (True, "Strict", "/")
    assert reply.cookies[ATTEMPT]["max-age"] == "0"
    assert (reply.headers["cache-control"], reply.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "script" not in reply.headers["content-security-policy"]
    assert door.ask("/reading", PAGE, token=held.value).status == 200


@pytest.mark.parametrize("wanted", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "%0A", "/%0Ax"])
def test_nobody_is_sent_to_another_site(door: Door, wanted: str) -> None:
    assert and_back(door, f"?next={wanted}").headers["refresh"] == "0; url=/"


def test_a_return_that_another_browser_began_signs_nobody_in(door: Door) -> None:
    _, back = there(door)
    theirs = door.ask(LEAVE, PAGE).cookies[ATTEMPT].value
    for held in ({}, {"Cookie": f"{ATTEMPT}={theirs}"}):
        reply = door.ask(back, PAGE | held)
        assert reply.status == 403
        assert "not begun in this browser" in reply.body
        assert 'href="/lucency/sign-in"' in reply.body
        assert COOKIE not in reply.cookies


def test_a_return_is_taken_up_once(door: Door) -> None:
    reply, back = there(door)
    held = PAGE | {"Cookie": f"{ATTEMPT}={reply.cookies[ATTEMPT].value}"}
    assert COOKIE in door.ask(back, held).cookies
    again = door.ask(back, held)
    assert (again.status, COOKIE in again.cookies) == (403, False)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}])
def test_no_other_site_begins_a_sign_in(door: Door, headers: dict[str, str]) -> None:
    reply = door.ask(LEAVE, PAGE | headers)
    assert reply.status == 403
    assert ATTEMPT not in reply.cookies


def test_what_a_stranger_writes_into_the_address_is_not_shown(door: Door) -> None:
    reply = door.ask(f"{BACK}?state=x&error=%3Cb%3Edenied&error_description=call+this+number", PAGE)
    assert reply.status == 403
    assert "denied" not in reply.body
    assert "number" not in reply.body


def test_a_forged_token_opens_nothing(door: Door, provider: Provider) -> None:
    provider.claims["aud"] = "another-client"
    reply = and_back(door)
    assert (reply.status, COOKIE in reply.cookies) == (403, False)
    assert "could not be verified" in reply.body
    assert reply.cookies[ATTEMPT]["max-age"] == "0"


def test_while_the_provider_is_silent_a_password_still_opens(door: Door, provider: Provider) -> None:
    member(door.site, "Dr. Local", WORDS, Role.READER)
    provider.broken = "/.well-known/openid-configuration"
    reply = door.ask(LEAVE, PAGE)
    assert (reply.status, ATTEMPT in reply.cookies) == (503, False)
    assert "does not answer" in reply.body
    assert COOKIE in door.ask("/lucency/sign-in", form={"name": "Dr. Local", "password": WORDS}).cookies


def test_signing_out_leads_to_the_providers_way_out(door: Door) -> None:
    token = and_back(door).cookies[COOKIE].value
    reply = door.ask("/lucency/sign-in/out", token=token)
    parts = urlsplit(reply.headers["location"])
    assert parts.path == "/logout"
    assert dict(parse_qsl(parts.query))["post_logout_redirect_uri"] == f"http://{door.host}/lucency/sign-in"
    assert door.ask("/", PAGE, token=token).status == 303


def test_the_idle_lock_stays_here_and_offers_the_hospital_again(door: Door) -> None:
    token = and_back(door).cookies[COOKIE].value
    left_alone(door.site, token, minutes=15)
    reply = door.ask("/lucency/sign-in/out?idle=1&next=/reading", token=token)
    assert reply.headers["location"] == "/lucency/sign-in?idle=1&next=/reading"
    page = door.ask(reply.headers["location"], PAGE).body
    assert "nobody touched" in page
    assert 'href="/lucency/sign-in/oidc?next=/reading"' in page


def test_her_password_is_not_changed_here(door: Door) -> None:
    token = and_back(door).cookies[COOKIE].value
    form = {"old": WORDS, "password": WORDS + "!", "again": WORDS + "!"}
    for reply in (
        door.ask("/lucency/sign-in/password", token=token),
        door.ask("/lucency/sign-in/password", token=token, form=form),
    ):
        assert "kept by the hospital" in reply.body
        assert "<form" not in reply.body


@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout", "/oauth2callback"])
def test_streamlits_own_sign_in_stays_shut(door: Door, path: str) -> None:
    assert door.ask(path, PAGE).status == 303
    assert door.ask(path).status == 401


def test_wrong_settings_end_the_start_and_say_which(tmp_path: Path) -> None:
    variables = {"LUCENCY_OIDC_ISSUER": "https://login.example", "LUCENCY_OIDC_PUBLIC_URL": "https://lucency.example"}
    with (
        pytest.raises(AssertionError, match="LUCENCY_OIDC_CLIENT_ID is missing"),
        serving(DASHBOARD, folder=tmp_path, environment=variables),
    ):
        pass
