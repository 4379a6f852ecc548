"""Days: what a date field returns, as days, and as the moments between which they lie for the reader."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo


def days(chosen: date | Sequence[date] | None) -> tuple[date | None, date | None]:
    """First and last day of what a date field returns, which may be empty or half filled in."""
    picked = [chosen] if isinstance(chosen, date) else list(chosen or ())
    return (picked[0], picked[-1] if len(picked) > 1 else None) if picked else (None, None)


def moments(chosen: date | Sequence[date] | None, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """When the first day begins there, and when the last one is over: some days have 23 or 25 hours."""
    first, last = days(chosen)
    return _midnight(first, zone), _midnight(last, zone, later=1)


def _midnight(day: date | None, zone: tzinfo, *, later: int = 0) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=later), time.min, zone)
