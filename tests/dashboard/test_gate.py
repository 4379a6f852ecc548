"""Gate: the running server, asked without a session, with one, and with somebody else's."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from core.rights import Role
from core.services import accounts, sign_in
from core.services.site import open_site
from core.settings import Settings
from dashboard.gate import COOKIE
from dashboard.pages import SCREENS
from tests.browser.serving import DASHBOARD, serving
from tests.dashboard.door import PAGE, Door
from tests.people import left_alone, member, person

pytestmark = pytest.mark.xdist_group("dashboard_gate")

WORDS, OWN = "a line through the bone", "words of her own choice"
PAGES = ["/", *(f"/{screen.name}" for screen in SCREENS), "/nothing-here", "/lucency", "/static/../audit"]
ROUTES = [
    "/lucency/preview/1", "/lucency/pixels/1", "/lucency/heat/1", "/lucency/table/x", "/media/table.csv",
    "/_stcore/host-config", "/_stcore/upload_file/a/b", "/_stcore/stream", "/component/x/index.html",
    "/lucency/nothing",
]  # fmt: skip


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The dashboard as its users start it, with one account."""
    folder = tmp_path_factory.mktemp("gate")
    no_network = {"LUCENCY_BUNDLE": str(folder / "nothing")}
    with serving(DASHBOARD, folder=folder, environment=no_network) as server:
        with open_site(Settings(data_dir=server.data_dir, bundle=Path(no_network["LUCENCY_BUNDLE"]))) as site:
            door = Door(server.url.removeprefix("http://"), site)
            assert "Create the first account" in door.ask("/lucency/sign-in", PAGE).body
            made = door.ask("/lucency/sign-in", form={"name": "Dr. First", "password": WORDS, "again": WORDS})
            assert made.status == 303, made.body
            yield door
        assert "Traceback" not in server.log()
        assert WORDS not in server.log()


@pytest.mark.parametrize("path", PAGES)
def test_signed_out_every_page_leads_to_the_sign_in(door: Door, path: str) -> None:
    reply = door.ask(path, PAGE)
    assert (reply.status, reply.headers["location"].partition("?")[0]) == (303, "/lucency/sign-in")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("token", ["", "made up"])
def test_signed_out_every_route_is_shut(door: Door, path: str, token: str) -> None:
    assert door.ask(path, token=token).status == 401
    assert door.ask(path, token=token, form={}).status == 401


def test_signed_out_the_line_of_the_pages_is_not_opened(door: Door) -> None:
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": f"http://{door.host}",
    }  # fmt: skip
    assert door.ask("/_stcore/stream", upgrade).status == 403


def test_signed_out_the_server_says_that_it_lives_and_no_more(door: Door) -> None:
    assert set(door.ask("/lucency/health").body) >= set("ok")
    assert door.ask("/_stcore/health").status == 200


@pytest.mark.parametrize("role", list(Role))
def test_pictures_stay_shut_without_a_ticket_whatever_the_role(door: Door, role: Role) -> None:
    token = member(door.site, f"Dr. Ticketless {role}", WORDS, role)
    assert door.ask("/worklist", headers=PAGE, token=token).status == 200
    for kind in ("preview", "pixels", "heat"):
        assert door.ask(f"/lucency/{kind}/1", token=token).status == 401
        assert door.ask(f"/lucency/{kind}/1", {"Authorization": "Bearer made-up"}, token=token).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/export", "/media/nothing.csv", "/_stcore/host-config", "/lucency/preview/1", "/lucency/nothing"]
)
def test_no_browser_or_proxy_keeps_what_the_gate_lets_through_and_no_site_frames_it(door: Door, path: str) -> None:
    token = member(door.site, f"Dr. Kept {path}", WORDS, Role.READER)
    for headers in (PAGE, {}):
        told = {name.lower(): value for name, value in door.ask(path, headers, token=token).headers.items()}
        assert "no-store" in told["cache-control"]
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] in ("same-origin", "no-referrer")
        assert "frame-ancestors 'none'" in told["content-security-policy"]


def test_the_right_words_open_and_the_cookie_is_kept_from_scripts_and_other_sites(door: Door) -> None:
    member(door.site, "Dr. Cookie", WORDS, Role.READER)
    reply = door.ask("/lucency/sign-in", form={"name": "dr. cookie", "password": WORDS, "next": "/reading"})
    assert (reply.status, reply.headers["location"]) == (303, "/reading")
    jar: SimpleCookie = SimpleCookie(reply.headers["set-cookie"])
    held = jar[COOKIE]
    assert (held["httponly"], held["samesite"], held["path"]) == (True, "Strict", "/")
    assert door.ask("/", headers=PAGE, token=held.value).status == 200
    out = door.ask("/lucency/sign-in/out", token=held.value)
    assert (out.status, out.headers["location"]) == (303, "/lucency/sign-in")
    assert door.ask("/", headers=PAGE, token=held.value).status == 303


def test_an_idle_window_ends_the_session_only_where_no_other_was_touched(door: Door) -> None:
    token = member(door.site, "Dr. Windows", WORDS, Role.READER)
    kept = door.ask("/lucency/sign-in/out?idle=1&next=/worklist", token=token)
    assert (kept.status, kept.headers["location"], COOKIE in kept.cookies) == (303, "/worklist", False)
    assert door.ask("/", headers=PAGE, token=token).status == 200
    left_alone(door.site, token, minutes=14.5)
    ended = door.ask("/lucency/sign-in/out?idle=1&next=/worklist", token=token)
    assert ended.headers["location"] == "/lucency/sign-in?idle=1&next=/worklist"
    assert ended.cookies[COOKIE].value == ""
    assert door.ask("/", headers=PAGE, token=token).status == 303


def test_the_wrong_words_are_refused_in_words_and_not_shown_again(door: Door) -> None:
    reply = door.ask("/lucency/sign-in", form={"name": "<b>Dr. First", "password": "something else"})
    assert reply.status == 403
    assert "do not fit together" in reply.body
    assert "something else" not in reply.body
    assert "<b>Dr." not in reply.body
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("wanted", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "\n", ""])
def test_nobody_is_sent_to_another_site(door: Door, wanted: str) -> None:
    name = f"Dr. Sent {abs(hash(wanted))}"
    member(door.site, name, WORDS, Role.READER)
    reply = door.ask("/lucency/sign-in", form={"name": name, "password": WORDS, "next": wanted})
    assert reply.headers["location"] == "/"


def test_a_form_on_another_site_signs_nobody_in(door: Door) -> None:
    form = {"name": "Dr. First", "password": WORDS}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        reply = door.ask("/lucency/sign-in", headers=headers, form=form)
        assert reply.status == 403
        assert "set-cookie" not in reply.headers


def test_a_given_password_opens_nothing_but_the_page_that_asks_for_another(door: Door) -> None:
    given = accounts.add_account(door.site, "Dr. Given", [Role.READER], actor=person("Dr. First"))
    reply = door.ask("/lucency/sign-in", form={"name": "Dr. Given", "password": given})
    assert reply.headers["location"].startswith("/lucency/sign-in/password")
    token = SimpleCookie(reply.headers["set-cookie"])[COOKIE].value
    assert door.ask("/", headers=PAGE, token=token).status == 303
    assert "given to you" in door.ask("/lucency/sign-in/password", token=token).body
    short = {"old": given, "password": "short", "again": "short"}
    assert "12 to 256" in door.ask("/lucency/sign-in/password", token=token, form=short).body
    twice = {"old": given, "password": OWN, "again": OWN + "x"}
    assert "differ" in door.ask("/lucency/sign-in/password", token=token, form=twice).body
    done = door.ask("/lucency/sign-in/password", token=token, form={"old": given, "password": OWN, "again": OWN})
    assert done.status == 303
    new = SimpleCookie(done.headers["set-cookie"])[COOKIE].value
    assert door.ask("/", headers=PAGE, token=new).status == 200
    assert door.ask("/", headers=PAGE, token=token).status == 303


def test_the_sign_in_runs_no_script_and_is_never_kept_or_framed(door: Door) -> None:
    headers = door.ask("/lucency/sign-in").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert headers["cache-control"] == "no-store"


def test_the_first_account_is_not_made_from_elsewhere(tmp_path: Path) -> None:
    with serving(DASHBOARD, folder=tmp_path, environment={"LUCENCY_BUNDLE": str(tmp_path / "none")}) as server:
        host = server.url.removeprefix("http://")
        with open_site(Settings(data_dir=server.data_dir, bundle=tmp_path / "none")) as site:
            door = Door(host, site)
            form = {"name": "Dr. Far", "password": WORDS, "again": WORDS}
            for headers in ({"X-Forwarded-For": "10.0.0.9"}, {"Host": "lucency.hospital.example"}):
                reply = door.ask("/lucency/sign-in", headers, form=form)
                assert reply.status == 403
                assert "account add" in reply.body
                assert sign_in.is_new(site)


def test_a_form_without_end_is_not_read(door: Door) -> None:
    reply = door.ask("/lucency/sign-in", form={"name": "Dr. First", "password": "x" * 20_000})
    assert reply.status == 403
