"""Sign-in: what the pages before the dashboard do: name and password, the first account, another password, the way out.

What they look like stands in `dashboard.sign_in_page`.
"""

import re
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from core.errors import LucencyError, RequestError
from core.services import sign_in as service
from core.services.single_sign_on import farewell
from core.services.site import Site
from dashboard import office_wording as words
from dashboard.gate import NO_STORE, base, cookie, token_of
from dashboard.routes import same_origin
from dashboard.sign_in_page import field, form_of_fields, form_page, hidden, new_password_fields, page, told_and_wrong

LONGEST_FORM = 8192
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
NAMES_HERE = re.compile(r"(127\.0\.0\.1|\[::1\]|localhost)(:\d*)?", re.ASCII | re.IGNORECASE)
"""The machine itself in a Host header, on any port (RFC 9110, section 7.2)."""
FROM_ELSEWHERE = (
    "There is no account yet. The first one is made on the server itself: open this page there, as localhost, or run "
    "`.venv/bin/python -m core account add NAME` in the project's folder, as the server's user and with its variables."
)
Form = dict[str, str]
Answer = Callable[[Site, Request, Form], Response]


def sign_in_routes(site: Callable[[], Site]) -> list[BaseRoute]:
    """The pages and what their forms are sent to."""
    return [
        route(site, "sign-in", ask, "GET"),
        route(site, "sign-in", come_in, "POST"),
        route(site, "sign-in/password", ask_password, "GET"),
        route(site, "sign-in/password", choose_password, "POST"),
        route(site, "sign-in/out", go_out, "GET"),
        route(site, "sign-in/seen", seen, "POST"),
    ]


def route(site: Callable[[], Site], path: str, answer: Answer, method: str) -> Route:
    """A page before the dashboard, or what a form on one is sent to; errors become words."""

    async def endpoint(request: Request) -> Response:
        form = await form_of(request) if method == "POST" else {}
        return await run_in_threadpool(lambda: guarded(lambda: answer(site(), request, form), request))

    return Route(f"{base()}/lucency/{path}", endpoint, methods=[method])


async def form_of(request: Request) -> Form:
    """The fields of a form; nothing of one that is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def guarded(answer: Callable[[], Response], request: Request) -> Response:
    """The answer; an error becomes words on the same page."""
    try:
        if request.method == "POST":
            same_origin(request)
        return answer()
    except LucencyError as error:
        status = 403 if isinstance(error, RequestError) else 503
        again = f'<a href="{base()}/lucency/sign-in">{words.BACK_TO_SIGN_IN}</a>'
        return page("Sign in", f'<p class="error" role="alert">{escape(str(error))}</p>{again}', status=status)


# --- Signing in ------------------------------------------------------------------------------------------------------
def ask(site: Site, request: Request, _form: Form) -> Response:
    """The form for a name and a password; for the first account while there is none."""
    if service.needs_first(site):
        return first_form(request)
    told = words.SIGNED_OUT_IDLE if "idle" in request.query_params else ""
    return sign_in_form(site, request.query_params.get("next", ""), told=told)


def come_in(site: Site, request: Request, form: Form) -> Response:
    """Begin a session, or show the form again with the reason."""
    name, password, wanted = form.get("name", ""), form.get("password", ""), form.get("next", "")
    if service.needs_first(site):
        return make_first(site, request, form)
    try:
        token = service.sign_in(site, name, password)
    except RequestError as error:
        return sign_in_form(site, wanted, name=name, error=str(error))
    held = service.whoami(site, token)
    if held and held.must_change:
        wanted = f"/lucency/sign-in/password?next={quote(inside(wanted))}"
    return entered(request, token, wanted)


def make_first(site: Site, request: Request, form: Form) -> Response:
    """The first account, from the server itself only."""
    if not from_here(request):
        return page("Sign in", f"<p>{escape(FROM_ELSEWHERE)}</p>", status=403)
    try:
        check_same(form)
        token = service.first_account(site, form.get("name", ""), form.get("password", ""))
    except RequestError as error:
        return first_form(request, name=form.get("name", ""), error=str(error))
    return entered(request, token, "/")


def first_form(request: Request, *, name: str = "", error: str = "") -> Response:
    """Asks for the first account; there is no default one."""
    if not from_here(request):
        return page("Sign in", f"<p>{escape(FROM_ELSEWHERE)}</p>", status=403)
    fields = field("Name", "name", name, hint=words.NAME_HINT, focus=True) + new_password_fields()
    return form_page(words.FIRST_ACCOUNT, fields, "Create the account", intro=words.FIRST_ACCOUNT_INTRO, error=error)


def sign_in_form(site: Site, wanted: str, *, name: str = "", error: str = "", told: str = "") -> Response:
    """Asks for name and password; before them stands the way through the hospital, where there is one."""
    oidc = site.settings.oidc
    fields = field("Name", "name", name, focus=not oidc.in_use)
    fields += field("Password", "password", kind="password", focus=bool(name)) + hidden("next", inside(wanted))
    if not oidc.in_use:
        return form_page("Sign in", fields, "Sign in", intro=told, error=error)
    above = told_and_wrong(told, error) + single_sign_on_link(oidc.label, wanted)
    summary = words.LOCAL_ADMIN if oidc.passwords == "admins" else words.LOCAL_ACCOUNT
    opened = " open" if name or oidc.passwords == "everybody" else ""
    body = f"{above}<details{opened}><summary>{summary}</summary>{form_of_fields(fields, 'Sign in')}</details>"
    return page("Sign in", body, status=403 if error else 200)


def single_sign_on_link(label: str, wanted: str) -> str:
    """The way to the hospital's sign-in: a link, because a form may not lead to another site here."""
    target = f"{base()}/lucency/sign-in/oidc?next={quote(inside(wanted), safe='/')}"
    return f'<a class="button" href="{escape(target)}" autofocus>Sign in with {escape(label)}</a>'


# --- Another password ------------------------------------------------------------------------------------------------
def ask_password(site: Site, request: Request, _form: Form, *, error: str = "") -> Response:
    """The form for another password; for somebody signed in only."""
    held = service.whoami(site, token_of(request))
    if held is None:
        return RedirectResponse(f"{base()}/lucency/sign-in", status_code=303, headers=NO_STORE)
    if not held.has_password:
        return page("Change password", f'<p>{escape(service.KEPT_ELSEWHERE)}</p><a href="{base()}/">{words.GO_ON}</a>')
    fields = field("Present password", "old", kind="password") + new_password_fields()
    intro = words.MUST_CHANGE if held.must_change else ""
    fields += hidden("next", inside(request.query_params.get("next", "")))
    return form_page(f"Choose a password, {held.actor.name}", fields, "Change the password", intro=intro, error=error)


def choose_password(site: Site, request: Request, form: Form) -> Response:
    """Change it, or show the form again with the reason."""
    try:
        check_same(form)
        token = service.change_password(site, token_of(request), form.get("old", ""), form.get("password", ""))
    except RequestError as error:
        return ask_password(site, request, form, error=str(error))
    return entered(request, token, form.get("next", ""))


def check_same(form: Form) -> None:
    """Raises RequestError when the new password was not typed twice alike."""
    if form.get("password", "") != form.get("again", ""):
        raise RequestError("The two passwords differ. Type the new one twice.")


# --- The way out, and the idle lock ----------------------------------------------------------------------------------
def go_out(site: Site, request: Request, _form: Form) -> Response:
    """End the session. The cookie is strict: no other site can send anybody here with it.

    An idle window goes on where it was while she works in another one.
    """
    idle = "idle" in request.query_params
    id_token = service.sign_out(site, token_of(request), idle=idle)
    wanted = inside(request.query_params.get("next", ""))
    if idle and service.whoami(site, token_of(request)):
        return RedirectResponse(f"{base()}{wanted}", status_code=303, headers=NO_STORE)
    target = f"{base()}/lucency/sign-in" + (f"?idle=1&next={quote(wanted)}" if idle else "")
    if not idle:
        target = farewell(site, id_token) or target
    return with_cookie(RedirectResponse(target, status_code=303, headers=NO_STORE), request, "")


def seen(site: Site, request: Request, _form: Form) -> Response:
    """The workstation was touched: 204, or 401 when the session has ended."""
    return Response(status_code=204 if service.still_there(site, token_of(request)) else 401, headers=NO_STORE)


# --- Pieces ----------------------------------------------------------------------------------------------------------
def entered(request: Request, token: str, wanted: str) -> Response:
    """On to the page that was wanted, with the session's cookie."""
    go_on = RedirectResponse(f"{base()}{inside(wanted)}", status_code=303, headers=NO_STORE)
    return with_cookie(go_on, request, token)


def with_cookie(response: Response, request: Request, token: str) -> Response:
    """The response with the session's cookie, for encrypted lines only where the line is one."""
    response.headers.append("Set-Cookie", cookie(token, secure=encrypted(request)))
    return response


def encrypted(request: Request) -> bool:
    """Whether the browser's line is encrypted, here or at the proxy."""
    return "https" in (request.url.scheme, request.headers.get("X-Forwarded-Proto", ""))


def inside(wanted: str) -> str:
    """A path of this server: no other site can be named."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if plain else "/"


def from_here(request: Request) -> bool:
    """Whether the request comes from the server's own machine, asks for it by name, and not through a proxy."""
    client = request.client.host if request.client else ""
    named = NAMES_HERE.fullmatch(request.headers.get("Host", "")) is not None
    return client in HERE and named and not {"x-forwarded-for", "forwarded"} & set(request.headers.keys())
