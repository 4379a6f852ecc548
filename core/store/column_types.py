"""Column types: how Python values are kept in a column: times in UTC, text that every database accepts, marks."""

import re
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from core.records import Mark

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates (as in undecodable file names) replaced by U+FFFD."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Text(TypeDecorator[str]):
    """Text as `storable` leaves it: PostgreSQL refuses NUL, UTF-8 has no lone surrogates."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean on the way in."""
        return None if value is None else storable(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, in UTC on the way out. A naive datetime is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite keeps the wall clock of that, PostgreSQL the moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Marks(TypeDecorator[tuple[Mark, ...]]):
    """Marks, as a list of `[image key, x0, y0, x1, y1]`."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[Mark, ...] | None, dialect: Dialect) -> list[list[float]]:
        """In the order they were drawn."""
        return [[mark.image_key, mark.x0, mark.y0, mark.x1, mark.y1] for mark in value or ()]

    def process_result_value(self, value: list[list[float]] | None, dialect: Dialect) -> tuple[Mark, ...]:
        """The image's key is a whole number again."""
        return tuple(Mark(int(key), x0, y0, x1, y1) for key, x0, y0, x1, y1 in value or ())
