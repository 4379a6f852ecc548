"""Tickets: what they allow, when they end, and that nobody else can make one."""

from datetime import timedelta

import pytest

from dashboard.tickets import LIFETIME, Grant, TicketExpired, TicketRefused, Tickets, tickets

SECRET = b"a secret of 32 bytes for the test"


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("heat", [False, True])
def test_a_ticket_says_which_image_and_whether_the_heat_map(heat: bool) -> None:
    desk = Tickets(SECRET)
    assert desk.redeem(desk.issue(7, "Dr. A", heat=heat)) == Grant(image_key=7, holder="Dr. A", heat=heat)


def test_the_heat_map_is_not_allowed_unless_it_is_asked_for() -> None:
    desk = Tickets(SECRET)
    assert not desk.redeem(desk.issue(7, "Dr. A")).heat


def test_a_ticket_ends_after_its_lifetime() -> None:
    clock = Clock()
    desk = Tickets(SECRET, clock=clock)
    ticket = desk.issue(7, "Dr. A")
    clock.now += LIFETIME.total_seconds()
    assert desk.redeem(ticket).image_key == 7
    clock.now += 1
    with pytest.raises(TicketExpired):
        desk.redeem(ticket)


def test_a_ticket_from_the_future_is_refused() -> None:
    clock = Clock()
    desk = Tickets(SECRET, clock=clock)
    ticket = desk.issue(7, "Dr. A")
    clock.now -= 60
    with pytest.raises(TicketRefused):
        desk.redeem(ticket)


def test_another_secret_makes_no_ticket() -> None:
    with pytest.raises(TicketRefused):
        Tickets(SECRET).redeem(Tickets(SECRET + b"!").issue(7, "Dr. A"))


@pytest.mark.parametrize("place", [0, 5, -5])
def test_one_changed_character_voids_it(place: int) -> None:
    desk = Tickets(SECRET, lifetime=timedelta(minutes=1))
    letters = list(desk.issue(7, "Dr. A"))
    letters[place] = "A" if letters[place] != "A" else "B"
    with pytest.raises(TicketRefused):
        desk.redeem("".join(letters))


@pytest.mark.parametrize("ticket", ["", ".", "a.b.c", "é", "W10.x.y" * 400])
def test_nonsense_is_refused(ticket: str) -> None:
    with pytest.raises(TicketRefused):
        Tickets(SECRET).redeem(ticket)


def test_a_process_has_one_desk() -> None:
    assert tickets().redeem(tickets().issue(3, "Dr. A")).image_key == 3
