"""When to poll next: pure, so that a thousand machines can be scheduled in a test without waiting.

Due times lie on common 100 ms slots, because one wake-up for many polls costs a third of one wake-up a poll. Jitter is
a fixed phase per machine, so that machines are spread over the interval and stay spread. A silent machine is asked less
and less often, but at least once a minute, so that it is found within a minute of coming back.
"""

import zlib

SLOT_S = 0.1
BACKOFF_CAP_S = 60.0
SLOW_EVERY_S = 60.0
SUSPENDED_S = 600.0


def phase(key: str, interval_s: float) -> float:
    """A machine's fixed place within the interval, in seconds, on a slot."""
    slots = max(1, int(interval_s / SLOT_S))
    return (zlib.crc32(key.encode()) % slots) * SLOT_S


def next_due(now_s: float, interval_s: float, phase_s: float) -> float:
    """The first moment after `now_s` that lies on the machine's phase of the interval."""
    periods = (now_s - phase_s) // interval_s + 1
    due = phase_s + periods * interval_s
    return _on_slot(due if due > now_s else due + interval_s)


def pace_s(interval_s: float, failures: int) -> float:
    """The interval to keep after this many failures in a row: doubled from the third on, at most a minute."""
    doublings = min(max(0, failures - 2), 10)
    return interval_s if interval_s >= BACKOFF_CAP_S else min(BACKOFF_CAP_S, interval_s * 2**doublings)


def _on_slot(moment_s: float) -> float:
    return round(moment_s / SLOT_S) * SLOT_S
