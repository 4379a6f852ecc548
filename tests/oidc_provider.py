"""OIDC provider: a small real one on this machine, with a key of its own, that can be made to lie."""

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from core.settings import ProviderSettings

CLIENT, SECRET = "lucency", "a secret of the tests"
READERS, LEADS, ADMINS = "radiology, readers", "radiology-leads", "it-admins"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
"""Made for this run, thrown away with it."""
Claims = dict[str, Any]
Sign = Callable[[Claims], str]


@dataclass
class Provider:
    """What it publishes, who sits before it, and how it lies."""

    issuer: str
    now: Callable[[], float]
    person: Claims = field(default_factory=lambda: {"sub": "1001", "name": "Dr. Ada Federate", "groups": [READERS]})
    claims: Claims = field(default_factory=dict)
    """Laid over the claims of the next ID tokens; None takes a claim away."""
    metadata: Claims = field(default_factory=dict)
    """Laid over what it publishes about itself."""
    key: RSAKey = field(default_factory=lambda: KEY)
    sign: Sign | None = None
    """Signs instead of its own key."""
    broken: str = ""
    """The path that answers with an error of the server."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths and parameters it was asked with, oldest first."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    reuse: bool = False
    """Whether a code may be redeemed twice, as no provider should allow."""

    def settings(self, **changed: object) -> ProviderSettings:
        """How a site that trusts it is set up."""
        usual: dict[str, Any] = {
            "issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET, "public_url": "http://localhost:8501",
            "reader_groups": (READERS,), "lead_groups": (LEADS,), "admin_groups": (ADMINS,),
        }  # fmt: skip
        return ProviderSettings(**usual | changed)

    def environment(self, public_url: str) -> dict[str, str]:
        """The same as variables of the environment."""
        return {
            "LUCENCY_OIDC_ISSUER": self.issuer, "LUCENCY_OIDC_CLIENT_ID": CLIENT, "LUCENCY_OIDC_CLIENT_SECRET": SECRET,
            "LUCENCY_OIDC_PUBLIC_URL": public_url, "LUCENCY_OIDC_READER_GROUPS": READERS,
            "LUCENCY_OIDC_LEAD_GROUPS": json.dumps([LEADS]), "LUCENCY_OIDC_ADMIN_GROUPS": ADMINS,
            "LUCENCY_OIDC_LABEL": "St. Elsewhere",
        }  # fmt: skip

    def published(self) -> Claims:
        """Discovery 1.0, section 4.2."""
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
        }
        return {name: value for name, value in (usual | self.metadata).items() if value is not None}

    def approve(self, asked: Mapping[str, str]) -> str:
        """The person signs in and says yes: the address she is sent back to."""
        code = token_urlsafe(16)
        self.codes[code] = dict(asked)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, form: Mapping[str, str], authorization: str | None) -> tuple[int, Claims]:
        """The tokens for a code, if client, address and verifier are those it was given to (RFC 7636, section 4.6)."""
        asked = self.codes.get(form.get("code", "")) if self.reuse else self.codes.pop(form.get("code", ""), None)
        client = f"{form.get('client_id')}:{form.get('client_secret')}"
        if authorization is not None:
            client = b64decode(authorization.removeprefix("Basic ")).decode()
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if client != f"{CLIENT}:{SECRET}":
            return 401, {"error": "invalid_client"}
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        """What it says of the person."""
        now = int(self.now())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now, "nonce": nonce}
        claims = {name: value for name, value in (said | self.person | self.claims).items() if value is not None}
        return self.sign(claims) if self.sign else signed(claims, self.key)


def signed(claims: Claims, key: RSAKey, **header: str) -> str:
    """The claims as a token with the key's signature."""
    return jwt.encode({"alg": "RS256", "kid": key.kid or "", **header}, claims, key, algorithms=["RS256"])


@contextmanager
def providing(now: Callable[[], float]) -> Iterator[Provider]:
    """A provider on a free port, until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", now)
    server.RequestHandlerClass = type("Bound", (Handler,), {"provider": provider})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """What answers for it."""

    provider: ClassVar[Provider]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.answer(parts.path, dict(parse_qsl(parts.query)))

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(self.path, dict(parse_qsl(form)))

    def answer(self, path: str, asked: dict[str, str]) -> None:
        self.provider.asked.append((path, asked))
        status, said = (503, {}) if path == self.provider.broken else self.said(path, asked)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if "location" in said:
            self.send_header("Location", said["location"])
        self.end_headers()
        self.wfile.write(body)

    def said(self, path: str, asked: dict[str, str]) -> tuple[int, Claims]:
        if path == "/token":
            return self.provider.redeem(asked, self.headers["Authorization"])
        if path == "/authorize":
            return 302, {"location": self.provider.approve(asked)}
        if path == "/logout":
            return 302, {"location": asked["post_logout_redirect_uri"]}
        return 200, {
            "keys": [self.provider.key.as_dict(private=False)]
        } if path == "/keys" else self.provider.published()

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""
