"""Routes: over a real local server, with real stored images: what a ticket opens, and what nobody gets."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any

import cv2
import numpy as np
import pytest
import uvicorn
from numpy.typing import NDArray
from starlette.applications import Starlette

from core.errors import StoreUnavailable
from core.intake.reader import read
from core.rights import Role
from core.services.site import Site, open_site
from core.settings import Settings
from dashboard.routes import PICTURE_HEADER, routes
from dashboard.tickets import Tickets
from tests import factories
from tests.core.services.films import answered, stored
from tests.people import person

pytestmark = pytest.mark.xdist_group("routes")

HOUR = 3600.0
HOLDER = "Dr. A"
LINES = np.eye(24, 32)
"""What a file draws over its picture."""


@dataclass
class Clock:
    """Tells the time of the tickets."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """Class of the error it tells."""
        return str(json.loads(self.body)["error"]["class"])


@dataclass(frozen=True)
class Desk:
    """The server, its tickets and the images it holds."""

    host: str
    clock: Clock
    tickets: Tickets
    plain: int
    """An image of 12 bits with a window."""
    table: int
    """A signed image with a look-up table, and something drawn over it."""
    sources: Mapping[int, bytes] = field(repr=False)

    def get(self, path: str, ticket: str = "", **headers: str) -> Reply:
        """GET with a ticket, if any."""
        line = http.client.HTTPConnection(self.host, timeout=20)
        sent = ({"Authorization": f"Bearer {ticket}"} if ticket else {}) | headers
        line.request("GET", f"/lucency/{path}", headers=sent)
        answer = line.getresponse()
        reply = Reply(answer.status, dict(answer.getheaders()), answer.read())
        line.close()
        return reply


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    clock = Clock()
    tickets = Tickets(b"of the test, of the test, of the test", clock=clock)
    table = factories.lut_item([0, 10_000, 40_000, 65_535], first=-2, explanation="BONE")
    signed = factories.ramp(bits=12, signed=True)
    sources = [
        factories.dicom(factories.bone(), elements={"WindowCenter": 2000, "WindowWidth": 3000}),
        factories.with_overlay(factories.dicom(signed, elements={"VOILUTSequence": [table]}), LINES),
    ]
    with open_site(Settings(data_dir=tmp_path_factory.mktemp("data"))) as site:
        plain, other = stored(site, *sources)
        answered(site, plain)
        app = Starlette(
            routes=routes(lambda: site, tickets, health=lambda: {"status": "ok"}, who=lambda _: person(HOLDER))
        )
        with served(app) as host:
            yield Desk(host, clock, tickets, plain, other, dict(zip((plain, other), sources, strict=True)))


class served:  # noqa: N801  (used as a context manager)
    """The app on a free port, in a thread of its own."""

    def __init__(self, app: Starlette) -> None:
        self.socket = socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()  # who comes before the server is up, waits
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self) -> str:
        self.thread.start()
        host, port = self.socket.getsockname()
        return f"{host}:{port}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


KINDS = ["preview", "pixels", "heat"]


def test_health_needs_no_ticket(desk: Desk) -> None:
    reply = desk.get("health")
    assert (reply.status, json.loads(reply.body)) == (200, {"status": "ok"})


def no_site() -> Site:
    raise StoreUnavailable("There is no database.")


def test_health_without_a_store_is_no_health() -> None:
    def closed() -> Mapping[str, str]:
        no_site()
        return {"status": "ok"}

    app = Starlette(routes=routes(no_site, Tickets(b"x" * 32), health=closed, who=lambda _: person(HOLDER)))
    with served(app) as host:
        line = http.client.HTTPConnection(host, timeout=20)
        line.request("GET", "/lucency/health")
        answer = line.getresponse()
        body = json.loads(answer.read())
        line.close()
    assert (answer.status, body) == (503, {"status": "unavailable"})


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_ticket_nothing(desk: Desk, kind: str) -> None:
    reply = desk.get(f"{kind}/{desk.plain}")
    assert (reply.status, reply.error, reply.headers["www-authenticate"]) == (401, "TicketMissing", "Bearer")


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_in_the_address_counts_for_nothing(desk: Desk, kind: str) -> None:
    ticket = desk.tickets.issue(desk.plain, HOLDER, heat=True)
    assert desk.get(f"{kind}/{desk.plain}?ticket={ticket}").status == 401


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_ticket(desk: Desk, kind: str) -> None:
    ticket = desk.tickets.issue(desk.plain, HOLDER, heat=True)
    desk.clock.now += HOUR
    reply = desk.get(f"{kind}/{desk.plain}", ticket)
    assert (reply.status, reply.error) == (401, "TicketExpired")


@pytest.mark.parametrize("kind", KINDS)
def test_a_ticket_for_another_image(desk: Desk, kind: str) -> None:
    reply = desk.get(f"{kind}/{desk.table}", desk.tickets.issue(desk.plain, HOLDER, heat=True))
    assert (reply.status, reply.error) == (403, "TicketRefused")


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_ticket(desk: Desk, kind: str) -> None:
    forged = Tickets(b"somebody else's secret", clock=desk.clock).issue(desk.plain, HOLDER, heat=True)
    reply = desk.get(f"{kind}/{desk.plain}", forged)
    assert (reply.status, reply.error) == (403, "TicketRefused")


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_is_not_there(desk: Desk, kind: str) -> None:
    reply = desk.get(f"{kind}/999", desk.tickets.issue(999, HOLDER, heat=True))
    assert (reply.status, reply.error) == (404, "NotFound")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}])
def test_another_site_cannot_use_a_ticket(desk: Desk, headers: dict[str, str]) -> None:
    ticket = desk.tickets.issue(desk.plain, HOLDER)
    assert desk.get(f"preview/{desk.plain}", ticket, **headers).status == 403
    assert desk.get(f"preview/{desk.plain}", ticket, Origin=f"http://{desk.host}").status == 200


def test_the_heat_map_waits_for_its_ticket(desk: Desk) -> None:
    path = f"heat/{desk.plain}"
    assert desk.get(path, desk.tickets.issue(desk.plain, HOLDER)).status == 403
    reply = desk.get(path, desk.tickets.issue(desk.plain, HOLDER, heat=True))
    assert (reply.status, image(reply).shape[2]) == (200, 4)


def test_an_image_without_a_finding_has_no_heat_map(desk: Desk) -> None:
    reply = desk.get(f"heat/{desk.table}", desk.tickets.issue(desk.table, HOLDER, heat=True))
    assert (reply.status, reply.error) == (404, "NotFound")


def test_the_preview_is_a_grey_picture(desk: Desk) -> None:
    reply = desk.get(f"preview/{desk.plain}", desk.tickets.issue(desk.plain, HOLDER))
    assert (reply.headers["content-type"], image(reply).shape) == ("image/png", (96, 80))


def test_the_pixels_come_as_they_were_stored(desk: Desk) -> None:
    about, body = pixels(desk, desk.plain)
    assert (about["rows"], about["columns"], about["dtype"], about["inverted"]) == (96, 80, "uint16", False)
    np.testing.assert_array_equal(np.frombuffer(body, "<u2").reshape(96, 80), factories.bone())
    [preset] = about["presets"]
    assert (preset["center"], preset["width"], preset["function"], preset["lut_length"]) == (2000, 3000, "LINEAR", 0)


def test_a_look_up_table_follows_the_pixels(desk: Desk) -> None:
    about, body = pixels(desk, desk.table)
    [preset] = about["presets"]
    assert (preset["name"], preset["first_mapped"], preset["lut_length"]) == ("BONE", -2, 4)
    count = about["rows"] * about["columns"]
    np.testing.assert_array_equal(np.frombuffer(body, about["dtype"], count), expected(desk, desk.table))
    lut = np.frombuffer(body, "<u2", 4, count * 2)
    np.testing.assert_array_equal(lut, [0, 10_000, 40_000, 65_535])


def test_what_the_file_draws_comes_last(desk: Desk) -> None:
    assert pixels(desk, desk.plain)[0]["graphics"] is False
    about, body = pixels(desk, desk.table)
    assert about["graphics"] is True
    bits = np.frombuffer(body, np.uint8, offset=about["rows"] * about["columns"] * 2 + 8)
    np.testing.assert_array_equal(np.unpackbits(bits.reshape(about["rows"], -1), axis=1), LINES)


@pytest.mark.parametrize("path", ["health", "preview/{}", "pixels/{}", "pixels/1000"])
def test_every_answer_is_private_and_inert(desk: Desk, path: str) -> None:
    headers = desk.get(path.format(desk.plain), desk.tickets.issue(desk.plain, HOLDER)).headers
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_what_breaks_inside_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Site:
        raise RuntimeError("/secret/folder of Doe^John")

    desk = Tickets(b"x" * 32)
    app = Starlette(routes=routes(broken, desk, health=dict, who=lambda _: person(HOLDER)))
    with served(app) as host:
        line = http.client.HTTPConnection(host, timeout=20)
        line.request("GET", "/lucency/pixels/1", headers={"Authorization": f"Bearer {desk.issue(1, HOLDER)}"})
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()
    assert (answer.status, json.loads(body)["error"]["class"]) == (500, "InternalError")
    assert "Doe" not in body + caplog.text
    assert "RuntimeError at broken (test_routes.py:" in caplog.text


def test_nothing_but_reading(desk: Desk) -> None:
    line = http.client.HTTPConnection(desk.host, timeout=20)
    line.request("POST", f"/lucency/pixels/{desk.plain}")
    assert line.getresponse().status == 405
    line.close()


def pixels(desk: Desk, image_key: int) -> tuple[dict[str, Any], bytes]:
    reply = desk.get(f"pixels/{image_key}", desk.tickets.issue(image_key, HOLDER))
    assert reply.status == 200, reply.body
    return json.loads(reply.headers[PICTURE_HEADER.lower()]), reply.body


def expected(desk: Desk, image_key: int) -> NDArray[np.generic]:
    return read(desk.sources[image_key]).pixels.ravel()


def image(reply: Reply) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(reply.body, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


@pytest.mark.parametrize("kind", ["preview", "pixels", "heat"])
def test_another_accounts_ticket_opens_nothing(desk: Desk, kind: str) -> None:
    reply = desk.get(f"{kind}/{desk.plain}", desk.tickets.issue(desk.plain, "Dr. B", heat=True))
    assert (reply.status, reply.error) == (403, "TicketRefused")


@pytest.mark.parametrize("kind", ["preview", "pixels", "heat"])
def test_a_ticket_opens_nothing_for_a_role_without_images(tmp_path: Path, kind: str) -> None:
    tickets = Tickets(b"secret")
    with open_site(Settings(data_dir=tmp_path)) as site:
        [image] = stored(site, factories.dicom(factories.bone(60, 40)))
        who = person("S. Novak", Role.ADMIN)
        app = Starlette(routes=routes(lambda: site, tickets, health=dict, who=lambda _: who))
        with served(app) as host:
            line = http.client.HTTPConnection(host, timeout=20)
            ticket = tickets.issue(image, who.name, heat=True)
            line.request("GET", f"/lucency/{kind}/{image}", headers={"Authorization": f"Bearer {ticket}"})
            answer = line.getresponse()
            told = (answer.status, json.loads(answer.read())["error"]["class"])
            line.close()
        assert told == (403, "NotAllowed")
