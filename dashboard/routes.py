"""Routes: serves an image's preview, full-depth pixels and heat map to the viewer that holds a ticket for it."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from urllib.parse import urlsplit

import numpy as np
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.errors import DecoderUnavailable, LucencyError, NotAllowed, NotFound, StoreUnavailable, place
from core.rights import Actor
from core.services import pictures
from core.services.pictures import Picture, WindowPreset
from core.services.site import Site
from dashboard.gate import SignedOut, base
from dashboard.tickets import TicketExpired, TicketMissing, TicketRefused, Tickets

log = logging.getLogger(__name__)

PICTURE_HEADER = "Lucency-Picture"
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The first class that fits decides; a LucencyError of another kind is a 422: stored, but cannot be shown.
STATUS: tuple[tuple[type[LucencyError], int], ...] = (
    (SignedOut, 401),
    (NotAllowed, 403),
    (TicketMissing, 401),
    (TicketExpired, 401),
    (TicketRefused, 403),
    (NotFound, 404),
    (StoreUnavailable, 503),
    (DecoderUnavailable, 503),
)

Who = Callable[[HTTPConnection], Actor]
Health = Callable[[], Mapping[str, str]]
Answer = Callable[[Site, int, Actor], Response]


def prefix() -> str:
    """Where the routes live: beside the pages, also behind a proxy that serves them under a base path."""
    return f"{base()}/lucency"


def routes(site: Callable[[], Site], tickets: Tickets, *, health: Health, who: Who) -> list[BaseRoute]:
    """Health for anybody; an image's preview, pixels and heat map for the one account its ticket was issued to."""

    def picture_route(kind: str, answer: Answer, *, needs_heat: bool = False) -> Route:
        def endpoint(request: Request) -> Response:
            image_key = int(request.path_params["image_key"])
            return _guarded(
                lambda: _allow(request, tickets, who, image_key, needs_heat=needs_heat), image_key, site, answer
            )

        return Route(f"{prefix()}/{kind}/{{image_key:int}}", endpoint, methods=["GET"])

    return [
        Route(f"{prefix()}/health", lambda _: _health(health), methods=["GET"]),
        picture_route("preview", _preview),
        picture_route("pixels", _pixels),
        picture_route("heat", _heat, needs_heat=True),
    ]


def _health(health: Health) -> Response:
    """What it tells; without a store nothing can be served, and whoever watches the server has to know."""
    try:
        return JSONResponse(dict(health()), headers=HEADERS)
    except LucencyError:
        return JSONResponse({"status": "unavailable"}, status_code=503, headers=HEADERS)


def _guarded(allow: Callable[[], Actor], image_key: int, site: Callable[[], Site], answer: Answer) -> Response:
    """The answer, or the error as JSON; what is not our own is logged by class and place, and told without details."""
    try:
        return answer(site(), image_key, allow())
    except LucencyError as error:
        return _error(status_of(error), type(error).__name__, str(error))
    except Exception as error:  # the last line: nothing of the inside may reach the browser
        log.error("A picture route failed: %s at %s", type(error).__name__, place(error))
        return _error(500, "InternalError", "The picture could not be prepared. Try again, then tell your support.")


def _allow(request: Request, tickets: Tickets, who: Who, image_key: int, *, needs_heat: bool) -> Actor:
    """Who asks, where she is signed in and holds the ticket for just this. Raises SignedOut, TicketRefused."""
    same_origin(request)
    actor = who(request)
    scheme, _, ticket = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not ticket:
        raise TicketMissing("This picture can only be opened from the dashboard.")
    grant = tickets.redeem(ticket.strip())
    if (grant.image_key, grant.holder) != (image_key, actor.name):
        raise TicketRefused("This permission is for another picture or another reader; reload the page.")
    if needs_heat and not grant.heat:
        raise TicketRefused("The heat map can be seen after your verdict.")
    return actor


def same_origin(request: Request) -> None:
    """Browsers say where a request comes from: Fetch Metadata (W3C), else the Origin header."""
    foreign = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    origin = request.headers.get("Origin")
    if foreign or (origin is not None and urlsplit(origin).netloc != request.headers.get("Host")):
        raise TicketRefused("This can only be asked for from the dashboard itself.")


def _preview(site: Site, image_key: int, actor: Actor) -> Response:
    return _png(pictures.preview_png(site, image_key, actor=actor))


def _heat(site: Site, image_key: int, actor: Actor) -> Response:
    return _png(pictures.overlay_png(site, image_key, actor=actor))


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png", headers=HEADERS)


def _pixels(site: Site, image_key: int, actor: Actor) -> Response:
    """Rows of little-endian pixels, every look-up table as uint16, the file's graphics as rows of bits.

    The header says how to read them. In one answer, so that no picture is taken for whole without its graphics.
    """
    picture = pictures.picture(site, image_key, actor=actor)
    # Without a Content-Encoding the server would spend longer on gzip than a hospital's network on the raw pixels.
    described = {PICTURE_HEADER: json.dumps(_described(picture)), "Content-Encoding": "identity"}
    return Response(_body(picture), media_type="application/octet-stream", headers=HEADERS | described)


def _body(picture: Picture) -> bytes:
    tables = [np.asarray(preset.lut, dtype="<u2").tobytes() for preset in picture.presets if preset.lut is not None]
    pixels = picture.pixels.astype(picture.pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    graphics = b"" if picture.graphics is None else picture.graphics.tobytes()
    return b"".join([pixels, *tables, graphics])


def _described(picture: Picture) -> dict[str, object]:
    return {
        "rows": picture.rows,
        "columns": picture.columns,
        "dtype": picture.dtype,
        "slope": picture.slope,
        "intercept": picture.intercept,
        "inverted": picture.inverted,
        "graphics": picture.graphics is not None,
        "presets": [_preset(preset) for preset in picture.presets],
    }


def _preset(preset: WindowPreset) -> dict[str, object]:
    """The preset without its table, which travels behind the pixels."""
    return asdict(replace(preset, lut=None)) | {"lut_length": len(preset.lut or ())}


def status_of(error: LucencyError) -> int:
    """The HTTP status that tells this error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 422)


def _error(status: int, kind: str, message: str) -> Response:
    headers = HEADERS | ({"WWW-Authenticate": "Bearer"} if status == 401 else {})
    return JSONResponse({"error": {"class": kind, "message": message}}, status_code=status, headers=headers)
