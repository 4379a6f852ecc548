"""Sign-in: from where the first account may be made."""

import pytest
from starlette.requests import Request

from dashboard.sign_in import from_here


def asked(host: str | None, client: str = "127.0.0.1", **headers: str) -> Request:
    """A request with this Host header, from this address."""
    sent = headers | ({} if host is None else {"host": host})
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "client": (client, 50000), "headers": raw})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8501", "LocalHost:1", "127.0.0.1", "127.0.0.1:8501", "[::1]:80"]
)
@pytest.mark.parametrize("client", ["127.0.0.1", "::1"])
def test_a_browser_on_the_machine_itself_is_here(host: str, client: str) -> None:
    assert from_here(asked(host, client))


@pytest.mark.parametrize(
    "host",
    [
        None, "", "lucency.hospital.example", "lucency.hospital.example:443", "10.0.0.9:8501", "localhost.example",
        "127.0.0.1.example", "somebody@localhost", "localhost/x", "localhost:x", "[::1", "::1", "localhost, elsewhere",
    ],
)  # fmt: skip
def test_a_proxy_that_says_nothing_of_itself_is_known_by_the_name_that_was_asked_for(host: str | None) -> None:
    assert not from_here(asked(host))


def test_neither_another_machine_nor_a_proxy_that_tells_is_here() -> None:
    assert not from_here(asked("localhost", "10.0.0.9"))
    assert not from_here(asked("localhost", X_Forwarded_For="10.0.0.9"))
    assert not from_here(asked("localhost", Forwarded="for=10.0.0.9"))
