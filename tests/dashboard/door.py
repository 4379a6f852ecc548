"""Door: the running server, asked as a browser asks, one request at a time."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from types import MappingProxyType
from urllib.parse import urlencode

from core.services.site import Site
from dashboard.gate import COOKIE

PAGE = {"Accept": "text/html"}
Form = Mapping[str, str] | None


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: SimpleCookie


@dataclass(frozen=True)
class Door:
    """The running server and the store behind it."""

    host: str
    site: Site

    def ask(
        self, path: str, headers: Mapping[str, str] = MappingProxyType({}), *, token: str = "", form: Form = None
    ) -> Reply:
        """GET, or POST with a form."""
        line = http.client.HTTPConnection(self.host, timeout=60)
        sent = dict(headers) | ({"Cookie": f"{COOKIE}={token}"} if token else {})
        body = urlencode(form) if form is not None else None
        line.request("GET" if form is None else "POST", path, body=body, headers=sent)
        answer = line.getresponse()
        cookies: SimpleCookie = SimpleCookie()
        for each in answer.headers.get_all("Set-Cookie", []):
            cookies.load(each)
        body = answer.read().decode("utf-8", "replace")
        line.close()
        return Reply(answer.status, dict(answer.getheaders()), body, cookies)
