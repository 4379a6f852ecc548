"""Tickets: signed, expiring permissions that let a page's viewer fetch one image, and its reader one table."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from core.errors import RequestError

LIFETIME = timedelta(minutes=30)
TABLE_LIFETIME = timedelta(hours=12)
"""A page of the export may stand open for a shift; what its reader may do is asked for at the click."""


class TicketRefused(RequestError):
    """A picture was asked for with a ticket that does not cover it."""


class TicketMissing(TicketRefused):
    """A picture was asked for without a ticket."""


class TicketExpired(TicketRefused):
    """The ticket was good, but its time is over; the page issues another one."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a ticket allows its holder: one image, and its heat map only once she may see the AI's answer."""

    image_key: int
    holder: str
    """Name of the account: nobody else can use it."""
    heat: bool


class Tickets:
    """Issues and redeems tickets under one secret. It holds an image key, an account and a time."""

    def __init__(
        self, secret: bytes, *, lifetime: timedelta = LIFETIME, clock: Callable[[], float] = time.time
    ) -> None:
        self._lifetime = int(lifetime.total_seconds())
        self._tables = URLSafeTimedSerializer(secret, salt="lucency.table", signer=_signer(clock))
        self._serializer = URLSafeTimedSerializer(secret, salt="lucency.picture", signer=_signer(clock))

    def issue(self, image_key: int, holder: str, *, heat: bool = False) -> str:
        """A ticket for one image and one account; `heat` also opens the heat map, once she has seen the AI's answer."""
        return str(self._serializer.dumps([image_key, holder, heat]))

    def redeem(self, ticket: str) -> Grant:
        """What the ticket allows. Raises TicketExpired, TicketRefused."""
        try:
            image_key, holder, heat = self._serializer.loads(ticket, max_age=self._lifetime)
        except SignatureExpired as error:
            raise TicketExpired("The permission to see this picture has expired; reload the page.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise TicketRefused("This picture was not opened from the dashboard; reload the page.") from error
        return Grant(image_key=int(image_key), holder=str(holder), heat=bool(heat))

    def issue_table(self, options: object, holder: str) -> str:
        """A ticket for the table that these options, as JSON takes them, ask for, and one account."""
        return str(self._tables.dumps([options, holder]))

    def redeem_table(self, ticket: str, holder: str) -> object:
        """The options. Raises TicketExpired, TicketRefused, also for another account."""
        try:
            options, issued_to = self._tables.loads(ticket, max_age=int(TABLE_LIFETIME.total_seconds()))
        except SignatureExpired as error:
            raise TicketExpired("This page is too old for a download; reload it.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise TicketRefused("This table was not chosen on the dashboard; reload the page.") from error
        if issued_to != holder:
            raise TicketRefused("This table was chosen by somebody else; choose it yourself.")
        return options


def _signer(clock: Callable[[], float]) -> type[TimestampSigner]:
    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock())

    return Signer


@cache
def tickets() -> Tickets:
    """The tickets of this server process; a restart makes earlier ones void."""
    return Tickets(secrets.token_bytes(32))
