"""Download: hands the chosen table over as CSV, to the account that chose it, with its right asked for at the click."""

import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from pydantic import TypeAdapter
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.errors import LucencyError, place
from core.rights import Actor
from core.services.export import ExportOptions, export_csv
from core.services.site import Site
from dashboard import wording
from dashboard.routes import HEADERS, prefix, same_origin, status_of
from dashboard.tickets import Tickets

log = logging.getLogger(__name__)

OPTIONS = TypeAdapter(ExportOptions)


def link(options: ExportOptions, tickets: Tickets, *, actor: Actor) -> str:
    """Where this account, and no other, finds the table that these options ask for."""
    ticket = tickets.issue_table(OPTIONS.dump_python(options, mode="json"), actor.name)
    return f"{prefix()}/table/{quote(ticket)}"


def download_routes(
    site: Callable[[], Site], tickets: Tickets, *, who: Callable[[HTTPConnection], Actor]
) -> list[BaseRoute]:
    """The table of a ticket; every answer is an export of its own in the audit trail."""

    def endpoint(request: Request) -> Response:
        try:
            same_origin(request)
            return table(site(), tickets, request.path_params["ticket"], who(request))
        except LucencyError as error:
            words = wording.advice(error)
            return refusal(status_of(error), f"{words.title}\n{error}\n{words.next_step}")
        except Exception as error:  # the last line: nothing of the inside may reach the browser
            log.error("A download failed: %s at %s", type(error).__name__, place(error))
            return refusal(500, f"{wording.UNEXPECTED.title}\n{wording.UNEXPECTED.next_step}")

    return [Route(f"{prefix()}/table/{{ticket}}", endpoint, methods=["GET"])]


def table(site: Site, tickets: Tickets, ticket: str, actor: Actor) -> Response:
    """The file. Raises TicketRefused, NotAllowed, StoreUnavailable."""
    options = OPTIONS.validate_python(tickets.redeem_table(ticket, actor.name), strict=False)
    data = export_csv(site, options, actor=actor)
    name = file_name(site.clock(), identifiers=options.identifiers)
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=HEADERS | kept)


def refusal(status: int, text: str) -> Response:
    """Why there is no file, in the tab that a browser opens for it."""
    return PlainTextResponse(text, status_code=status, headers=HEADERS)


def file_name(now: datetime, *, identifiers: bool) -> str:
    """Says when, and whether the file names people; never whom."""
    kind = "identified" if identifiers else "deidentified"
    return f"lucency-{kind}-{now:%Y%m%d-%H%M%S}.csv"
