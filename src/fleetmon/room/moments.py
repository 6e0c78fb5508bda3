"""Moments as sites write them."""

from datetime import datetime


def seconds(time: str | None) -> float | None:
    """RFC 3339 as seconds since 1970; None for what is none."""
    try:
        moment = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
