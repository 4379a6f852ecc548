"""Single sign-on: leads a browser to the hospital's OpenID provider, and signs in who comes back with its word."""

from collections.abc import Callable
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from core.services.single_sign_on import ATTEMPT_LASTS, arrive, depart
from core.services.site import Site
from dashboard import office_wording as words
from dashboard.gate import NO_STORE, base
from dashboard.routes import same_origin
from dashboard.sign_in import Form, encrypted, guarded, inside, route, with_cookie
from dashboard.sign_in_page import page

COOKIE = "lucency_attempt"
"""Held only while its browser is at the provider. Lax, because the way back begins on another site."""
NO_REFERRER = {"Referrer-Policy": "no-referrer"}
"""The address of the way back holds the provider's code."""


def single_sign_on_routes(site: Callable[[], Site]) -> list[BaseRoute]:
    """To the provider, and back."""
    return [route(site, "sign-in/oidc", leave, "GET"), route(site, "sign-in/oidc/back", come_back, "GET")]


def leave(site: Site, request: Request, _form: Form) -> Response:
    """Off to the provider, from a page of ours only."""
    same_origin(request)
    departure = depart(site, inside(request.query_params.get("next", "")))
    response = RedirectResponse(departure.url, status_code=303, headers=NO_STORE | NO_REFERRER)
    return with_attempt(response, request, departure.token)


def come_back(site: Site, request: Request, _form: Form) -> Response:
    """Begin a session, or say why not; either way the attempt is over."""
    response = guarded(lambda: landed(site, request), request)
    response.headers.update(NO_REFERRER)
    return with_attempt(response, request, "")


def landed(site: Site, request: Request) -> Response:
    """A page that goes on by itself: a strict cookie does not follow a redirect that began on another site."""
    arrival = arrive(site, dict(request.query_params), request.cookies.get(COOKIE, ""))
    target = base() + quote(inside(arrival.wanted), safe="/?&=%-._~")
    body = f'<p>{words.SIGNED_IN}</p><a class="button" href="{escape(target)}">{words.GO_ON}</a>'
    return with_cookie(page("Sign in", body, headers={"Refresh": f"0; url={target}"}), request, arrival.token)


def with_attempt(response: Response, request: Request, token: str) -> Response:
    """The response with the attempt's cookie; an empty token ends it."""
    response.set_cookie(
        COOKIE, token, max_age=int(ATTEMPT_LASTS.total_seconds()) if token else 0, httponly=True, samesite="lax",
        path=f"{base()}/lucency/sign-in/oidc", secure=encrypted(request),
    )  # fmt: skip
    return response
