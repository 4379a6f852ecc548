"""Gate: lets nobody through without a session: pages, uploads, downloads and the line the pages talk over.

Everything is shut unless it is named here: the files Streamlit's own pages are made of, the health of the server, and
the pages that sign somebody in.
"""

from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from core.errors import LucencyError, RequestError
from core.rights import Actor
from core.services.sign_in import SignedIn, whoami
from core.services.site import Site

COOKIE = "lucency_session"
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
OPEN = ("/static/", "/_stcore/health", "/lucency/health", "/lucency/sign-in")
"""Beginnings of paths that anybody may ask for; none of them holds data of a patient or a reader."""
PASSED = NO_STORE | {"Content-Security-Policy": "frame-ancestors 'none'"}
"""What every answer to somebody signed in carries, unless it says the same more strictly itself."""
ENDED = "Your session has ended. Sign in again; what you saved is kept."
ACTOR = "lucency.actor"
"""Where the gate leaves who it let through, for the routes behind it."""
POLICY_VIOLATION = 1008
"""Close code of a WebSocket that is refused (RFC 6455, section 7.4.1)."""


class SignedOut(RequestError):
    """Nobody is signed in, or the session has ended."""


def base() -> str:
    """What a proxy puts before every path, without a slash at the end; usually empty."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def token_of(connection: HTTPConnection) -> str:
    """The session's token in the cookie, or nothing."""
    return connection.cookies.get(COOKIE, "")


def signed_in(site: Site, token: str) -> SignedIn:
    """Whose session it is. Raises SignedOut; also for somebody who must choose a password first."""
    held = whoami(site, token)
    if held is None:
        raise SignedOut(ENDED)
    if held.must_change:
        raise SignedOut("Choose a password of your own first.")
    return held


def who(connection: HTTPConnection) -> Actor:
    """Who sends a request, as the gate has found. Raises SignedOut for a request that did not come through it."""
    held = connection.scope.get(ACTOR)
    if not isinstance(held, Actor):
        raise SignedOut(ENDED)
    return held


def open_to_all(path: str) -> bool:
    """Whether anybody may ask for this path."""
    rest = path.removeprefix(base())
    return any(rest.startswith(beginning) for beginning in OPEN) and ".." not in rest


class Gate:
    """The middleware: requests without a session end here."""

    def __init__(self, app: ASGIApp, site: Callable[[], Site]) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in ("http", "websocket") or open_to_all(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            held = await run_in_threadpool(lambda: signed_in(self._site(), token_of(HTTPConnection(scope))))
        except LucencyError as error:
            refusal = WebSocketClose(POLICY_VIOLATION) if scope["type"] == "websocket" else _refusal(scope, error)
            await refusal(scope, receive, send)
            return
        await self._app({**scope, ACTOR: held.actor}, receive, guarded(send))


def guarded(send: Send) -> Send:
    """Sends an answer so that no browser or proxy keeps it, and no other site frames it."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "no-store" not in headers.get("Cache-Control", ""):
                headers["Cache-Control"] = PASSED["Cache-Control"]
            for name, value in PASSED.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers


def _refusal(scope: Scope, error: LucencyError) -> Response:
    """To the sign-in for a page, a plain refusal for anything else."""
    page = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    if page and isinstance(error, SignedOut):
        wanted = quote(scope["path"].removeprefix(base()), safe="/")
        return RedirectResponse(f"{base()}/lucency/sign-in?next={wanted}", status_code=303, headers=NO_STORE)
    told = {"error": {"class": type(error).__name__, "message": str(error)}}
    return JSONResponse(told, status_code=401 if isinstance(error, SignedOut) else 503, headers=NO_STORE)


def cookie(token: str, *, secure: bool) -> str:
    """The `Set-Cookie` line of a session; an empty token ends it."""
    jar: SimpleCookie = SimpleCookie({COOKIE: token})
    session = jar[COOKIE]
    session["path"], session["httponly"], session["samesite"] = base() or "/", True, "Strict"
    if secure:
        session["secure"] = True
    if not token:
        session["max-age"] = 0
    return jar[COOKIE].OutputString()
