"""Sign-in page: the HTML of the pages before the dashboard: their frame, their forms and fields."""

import secrets
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from types import MappingProxyType

from starlette.responses import HTMLResponse, Response

from dashboard import office_wording as words
from dashboard.gate import NO_STORE
from dashboard.wording import STANDING_LINE


def new_password_fields() -> str:
    """A new password, twice."""
    first = field("New password", "password", kind="password", new=True, hint=words.LENGTH_HINT)
    return first + field("The same again", "again", kind="password", new=True)


def field(
    label: str, name: str, value: str = "", *, kind: str = "text", new: bool = False, hint: str = "",
    focus: bool = False,
) -> str:  # fmt: skip
    """A labelled field that a password manager understands."""
    word = "username" if kind == "text" else "new-password" if new else "current-password"
    focused = " autofocus" if focus and not (kind == "text" and value) else ""
    below = f'<small id="{name}-hint">{escape(hint)}</small>' if hint else ""
    described = f' aria-describedby="{name}-hint"' if hint else ""
    return (
        f'<label>{escape(label)}<input type="{kind}" name="{name}" value="{escape(value)}" autocomplete="{word}" '
        f'required maxlength="256"{described}{focused}></label>{below}'
    )


def hidden(name: str, value: str) -> str:
    """A field that is not shown."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def form_page(title: str, fields: str, button: str, *, intro: str = "", error: str = "") -> Response:
    """A page with one form, sent to where it came from."""
    body = told_and_wrong(intro, error) + form_of_fields(fields, button)
    return page(title, body, status=403 if error else 200)


def told_and_wrong(intro: str, error: str) -> str:
    """What is to be known first, and what went wrong before."""
    told = f"<p>{escape(intro)}</p>" if intro else ""
    return told + (f'<p class="error" role="alert">{escape(error)}</p>' if error else "")


def form_of_fields(fields: str, button: str) -> str:
    """The form with its button."""
    return f'<form method="post">{fields}<button type="submit">{escape(button)}</button></form>'


def page(title: str, body: str, *, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The frame of these pages; nothing in it comes from elsewhere, and no script runs."""
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    html = template().substitute(
        title=escape(title), body=body, nonce=nonce, logo=logo(), standing=escape(STANDING_LINE)
    )
    return HTMLResponse(
        html, status_code=status, headers=NO_STORE | {"Content-Security-Policy": policy} | dict(headers)
    )


@cache
def template() -> Template:
    """The page's HTML and style."""
    return Template(files(__package__).joinpath("sign_in.html").read_text("utf-8"))


@cache
def logo() -> str:
    """The product's name as a drawing."""
    return files(__package__).joinpath("parts", "logo.svg").read_text("utf-8")
