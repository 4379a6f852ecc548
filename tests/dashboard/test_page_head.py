"""Page head: the script stands in the pages and nothing else is touched."""

import asyncio
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from dashboard.page_head import SCRIPT, PageHead
from dashboard.parts.page import STYLE
from tests.conftest import PROJECT_ROOT

PAGE = "<!doctype html><html><head><title>x</title></head><body></body></html>"


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """The page, plain text at another address, and a page that lets no script run at a third."""
    answers: dict[str, Response] = {
        "/plain": PlainTextResponse("<head>"),
        "/strict": HTMLResponse(PAGE, headers={"Content-Security-Policy": "default-src 'none'"}),
    }
    await answers.get(Request(scope).url.path, HTMLResponse(PAGE))(scope, receive, send)


def get(path: str, accept: str) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of what the server sends through the middleware."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept", accept.encode()), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "server": ("x", 1)}
    with ThreadPoolExecutor(1) as pool:  # the browser tests keep a loop running in this thread
        pool.submit(lambda: asyncio.run(PageHead(page)(scope, receive, send))).result()
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


def test_the_script_stands_first_in_the_head() -> None:
    headers, body = get("/reading", "text/html,*/*")
    assert body == PAGE.encode().replace(b"<head>", b"<head>" + SCRIPT)
    assert headers[b"content-length"] == str(len(body)).encode()


@pytest.mark.parametrize(
    ("path", "accept"), [("/plain", "text/html"), ("/page", "application/json"), ("/strict", "text/html")]
)
def test_other_answers_pass_untouched(path: str, accept: str) -> None:
    assert SCRIPT not in get(path, accept)[1]


def test_the_signature_stands_on_the_background_of_either_theme() -> None:
    theme = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    light, dark = (theme[name]["backgroundColor"] for name in ("light", "dark"))
    assert f"background: light-dark({light}, {dark})" in STYLE.read_text("utf-8")
