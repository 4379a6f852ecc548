"""Provider: asks the hospital's OpenID provider who somebody is: authorization code flow with PKCE, ID token verified.

OpenID Connect Core 1.0, section 3.1; RFC 9700 (security), RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, DecodeError, InvalidClaimError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from core.errors import IdentityRefused, ProviderUnavailable
from core.people import Attempt, Identity
from core.settings import ProviderSettings, safe_url

log = logging.getLogger(__name__)

BACK, SIGN_IN = "/lucency/sign-in/oidc/back", "/lucency/sign-in"
"""Where the provider sends a browser back to, after the sign-in and after the sign-out; to be registered there."""
SECONDS = (5.0, 10.0)
"""How long to wait for a connection, and then for each part of an answer."""
AT_ONCE = 16
"""Most questions under way: while the provider hangs, they must not use up the threads that serve everybody."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the provider can make: none without a key, none with a shared secret."""
UNTRUSTED = (
    "The answer of the hospital's sign-in could not be verified, so nobody was signed in. Begin again from the sign-in "
    "page; if it happens again, tell the person who runs Lucency."
)
SILENT = (
    "The hospital's sign-in does not answer. Try again in a moment, or sign in with a local password if you have one."
)

_turn = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as it describes itself at this moment."""

    settings: ProviderSettings
    metadata: Mapping[str, Any]

    def departure(self, attempt: Attempt) -> str:
        """The address to send a browser to."""
        asked = {"prompt": "login", "max_age": "0"} if self.settings.ask_again else {}
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self.metadata["authorization_endpoint"], state=attempt.state, nonce=attempt.nonce,
                code_verifier=attempt.verifier, **asked,
            )  # fmt: skip
        return str(url)

    def identity(self, attempt: Attempt, answer: Mapping[str, str], *, now: datetime) -> Identity:
        """Who has signed in, by the code in the answer. Raises IdentityRefused, ProviderUnavailable."""
        self._check_answer(answer)
        try:
            token = self._redeemed(attempt, answer["code"])
            claims = self._verified(token, attempt, int(now.timestamp()))
        except (JoseError, AuthlibBaseError) as error:
            what = error.claim if isinstance(error, ClaimError) else error.error
            log.warning("A sign-in was refused: %s (%s)", type(error).__name__, plain(what))
            raise IdentityRefused(UNTRUSTED) from None
        return self._told(claims, token["id_token"])

    def farewell(self, id_token: str) -> str:
        """The address at which the provider ends its own session too; empty when it has none."""
        endpoint = self.metadata.get("end_session_endpoint")
        if not safe_url(endpoint):
            return ""
        told = [("id_token_hint", id_token), ("client_id", self.settings.client_id)]
        back = self.settings.public_url.rstrip("/") + SIGN_IN
        return str(add_params_to_uri(endpoint, [*told, ("post_logout_redirect_uri", back)]))

    def _client(self) -> Any:
        known = self.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        return OAuth2Session(
            self.settings.client_id, self.settings.secret, scope="openid profile",
            redirect_uri=self.settings.public_url.rstrip("/") + BACK, code_challenge_method="S256",
            token_endpoint_auth_method=method,
        )  # fmt: skip

    def _check_answer(self, answer: Mapping[str, str]) -> None:
        """Raises IdentityRefused for an answer without a code, or of another provider (RFC 9207)."""
        promised = self.metadata.get("authorization_response_iss_parameter_supported") is True
        if ("iss" in answer or promised) and answer.get("iss") != self.settings.issuer:
            log.warning("A sign-in was refused: the answer is of another issuer")
            raise IdentityRefused(UNTRUSTED)
        if "error" in answer or not answer.get("code"):
            log.warning("The provider signed nobody in: %s", plain(answer.get("error", "no code")))
            raise IdentityRefused("The hospital's sign-in let nobody in. Begin again from the sign-in page.")

    def _redeemed(self, attempt: Attempt, code: str) -> Mapping[str, Any]:
        with self._client() as client, answering():
            token: Mapping[str, Any] = client.fetch_token(
                self.metadata["token_endpoint"], grant_type="authorization_code", code=code,
                code_verifier=attempt.verifier, timeout=SECONDS, allow_redirects=False,
            )  # fmt: skip
        return token

    def _verified(self, token: Mapping[str, Any], attempt: Attempt, now: int) -> Mapping[str, Any]:
        """The claims of the ID token (section 3.1.3.7), signed with one of the keys the provider publishes now."""
        if not isinstance(token.get("id_token"), str):
            raise DecodeError("no ID token")
        rules = JWSRegistry(algorithms=SIGNATURES, strict_check_header=False)
        signed = jwt.decode(token["id_token"], self._keys(), registry=rules)
        client = self.settings.client_id
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": client},
            "sub": {"essential": True},
        }
        held = {"nonce": attempt.nonce, "client_id": client, "access_token": token.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, wanted, held)
        claims.validate(now, LEEWAY)
        if self.settings.ask_again:
            check_fresh(claims.get("auth_time"), attempt)
        return dict(claims)

    def _keys(self) -> KeySet:
        published = fetched(self.metadata["jwks_uri"])
        with answering():
            return KeySet.import_key_set({"keys": published["keys"]})

    def _told(self, claims: Mapping[str, Any], id_token: str) -> Identity:
        """What was verified, as a record. Raises IdentityRefused without a name."""
        name, groups = claims.get(self.settings.name_claim), claims.get(self.settings.groups_claim)
        if not isinstance(name, str) or not name.strip():
            log.warning("A sign-in was refused: no claim %s", self.settings.name_claim)
            raise IdentityRefused(
                "The hospital's sign-in did not tell your name. Tell the person who runs Lucency: the claim that holds "
                "it is missing."
            )
        listed = groups if isinstance(groups, list) else [groups]
        known = frozenset(each for each in listed if isinstance(each, str))
        return Identity(self.settings.issuer, claims["sub"], name, known, id_token)


def ask_provider(settings: ProviderSettings) -> Provider:
    """The provider, by what it publishes about itself. Raises ProviderUnavailable."""
    told = fetched(settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if told.get("issuer") != settings.issuer or not all(safe_url(told.get(each)) for each in needed):
        log.error("The provider calls itself something else than LUCENCY_OIDC_ISSUER, or an address of it is unsafe")
        raise ProviderUnavailable(SILENT)
    return Provider(settings, told)


def fetched(url: str) -> Mapping[str, Any]:
    """The JSON object at this address; no redirect is followed. Raises ProviderUnavailable."""
    with answering():
        answer = requests.get(url, timeout=SECONDS, allow_redirects=False)
        if answer.status_code != requests.codes.ok or not isinstance(found := answer.json(), dict):
            raise ValueError(f"status {answer.status_code}")
        return found


@contextmanager
def answering() -> Iterator[None]:
    """Whatever goes wrong on the way to the provider becomes ProviderUnavailable. The log names no person."""
    if not _turn.acquire(blocking=False):
        log.error("The provider is slow: %d questions are under way", AT_ONCE)
        raise ProviderUnavailable(SILENT)
    try:
        yield
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        log.error("The provider does not answer as one: %s", type(error).__name__)
        raise ProviderUnavailable(SILENT) from None
    finally:
        _turn.release()


def check_fresh(auth_time: object, attempt: Attempt) -> None:
    """Raises InvalidClaimError unless she proved who she is after this attempt began: the address could be edited."""
    earliest = attempt.began_at.timestamp() - LEEWAY
    if isinstance(auth_time, bool) or not isinstance(auth_time, int | float) or not auth_time >= earliest:
        raise InvalidClaimError("auth_time")


def plain(word: object) -> str:
    """A code of an error for the log; anything else a stranger may have written is left out."""
    return word if isinstance(word, str) and re.fullmatch(r"[\w.,-]{1,64}", word, re.ASCII) else "unknown"
