"""Download: over a real local server: the chosen table for the account that chose it, and for nobody else."""

import http.client
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from core.records import Answer, Opinion
from core.rights import Actor, Role
from core.services.export import ExportOptions
from core.services.site import Site
from core.store import audit
from dashboard.download import download_routes, link
from dashboard.tickets import TABLE_LIFETIME, Tickets
from tests.dashboard.test_routes import Clock, Reply, served
from tests.people import person

CHOSEN = ExportOptions(flagged_only=False, identifiers=True)
LEAD = person("Dr. Lead", Role.LEAD)


class Counter:
    """The server, and who is signed in where she asks it."""

    def __init__(self, site: Site) -> None:
        self.clock, self.who = Clock(), LEAD
        self.tickets = Tickets(b"of the test, of the test, of the test", clock=self.clock)
        self.app = Starlette(routes=download_routes(lambda: site, self.tickets, who=lambda _: self.who))
        self.host = ""

    def get(self, path: str, **headers: str) -> Reply:
        """What the server answers."""
        line = http.client.HTTPConnection(self.host, timeout=20)
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        reply = Reply(answer.status, dict(answer.getheaders()), answer.read())
        line.close()
        return reply


@pytest.fixture
def counter(site: Site) -> Iterator[Counter]:
    asked = Counter(site)
    with served(asked.app) as asked.host:
        yield asked


def exports(site: Site) -> list[str]:
    """Who has exported, by the audit trail."""
    with site.database.reading() as session:
        return [entry.actor for entry in audit.find(session, action="export")]


def test_who_chose_it_gets_it_kept_nowhere_and_audited_each_time(site: Site, counter: Counter) -> None:
    path = link(CHOSEN, counter.tickets, actor=LEAD)
    for count in (1, 2):
        reply = counter.get(path)
        assert (reply.status, reply.headers["cache-control"]) == (200, "private, no-store")
        assert b"patient_name" in reply.body
        assert exports(site) == [LEAD.name] * count
    assert reply.headers["content-disposition"].startswith('attachment; filename="lucency-identified-')
    assert reply.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("who", "status"), [(person("Dr. Other"), 403), (person(LEAD.name, Role.READER), 403), (person(LEAD.name), 200)]
)
def test_another_account_gets_nothing_nor_she_without_the_right(
    site: Site, counter: Counter, who: Actor, status: int
) -> None:
    path = link(CHOSEN, counter.tickets, actor=LEAD)
    counter.who = who
    reply = counter.get(path)
    assert reply.status == status
    assert exports(site) == [LEAD.name] * (status == 200)
    assert (b"patient_name" in reply.body) == (status == 200)


def test_an_old_page_a_made_up_ticket_and_another_site_get_nothing(site: Site, counter: Counter) -> None:
    path = link(CHOSEN, counter.tickets, actor=LEAD)
    assert counter.get(path, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert counter.get(path + "x").status == 403
    assert counter.get(f"/lucency/table/{counter.tickets.issue(1, LEAD.name)}").status == 403, "one of a picture"
    counter.clock.now += (TABLE_LIFETIME + timedelta(minutes=1)).total_seconds()
    reply = counter.get(path)
    assert (reply.status, "reload it" in reply.body.decode()) == (401, True)
    assert exports(site) == []


def test_every_option_travels(site: Site, counter: Counter) -> None:
    now = site.clock()
    narrow = ExportOptions(
        flagged_only=True, opinions=frozenset({Opinion.FRACTURE}), answers=frozenset({Answer.DOUBT}),
        received_from=now - timedelta(days=1), received_to=now, disagreements_only=True, include_synthetic=False,
    )  # fmt: skip
    reply = counter.get(link(narrow, counter.tickets, actor=LEAD))
    assert (reply.status, reply.body.count(b"\r\n")) == (200, 1)
    assert "deidentified" in reply.headers["content-disposition"]
