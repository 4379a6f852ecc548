"""Page head: what is settled before Streamlit's page starts: the first theme, and no dialogs of its own.

Dark holds until a reader chooses another theme, whatever her system prefers: Streamlit follows the system where a site
has both, and keeps a choice in the browser per path. A reading room is dark while its computers mostly are not.

Streamlit's dialogs about a lost server or a wrong address speak to who wrote the page, and stand over the picture;
`dashboard.parts.connection` says it in a reader's words.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = (
    b"<script>try{const key='stActiveTheme-'+location.pathname+'-v2';"
    b"if(localStorage.getItem(key)===null)localStorage.setItem(key,JSON.stringify('Dark'))}catch{}"
    b"window.__streamlit={HOST_CONFIG:{blockErrorDialogs:true}}</script>"
)
HEAD = b"<head>"


class PageHead:
    """Puts the script into the pages' HTML; a page with a policy of its own and every other answer pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, Insertion(send))


class Insertion:
    """Holds an HTML answer back until it is whole, then sends it with the script in its head."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start" and _takes_script(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(HEAD, HEAD + SCRIPT, 1)
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _takes_script(message: Message) -> bool:
    headers = Headers(scope=message)
    html = headers.get("content-type", "").startswith("text/html")
    return html and not {"content-encoding", "content-security-policy"} & set(headers)
