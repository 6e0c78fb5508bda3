"""When to poll next: pure, so that a thousand machines can be scheduled in a test without waiting.

Due times lie on common 100 ms slots, and machines begin on every other one, because one wake-up for many polls costs a
third of one wake-up a poll. Jitter is a fixed phase per machine, so that machines are spread over the interval and stay
spread. A silent machine is asked as before for the minute after which it counts as lost, so that this is not noticed
late; then less and less often, but at least once a minute, so that it is found within a minute of coming back.

Slots are counted in whole numbers, so that no sum of tenths drifts: k / 10 * 10 is exactly k for any k a clock reaches.
"""

import math
import zlib

SLOT_S = 0.1
PATIENCE_S = 60.0
BACKOFF_CAP_S = 60.0
SLOW_EVERY_S = 60.0
SUSPENDED_S = 600.0
HASTENED_EVERY_S = 1.0
_FIRST_BACKOFF_S = 10.0
_SLOTS_PER_S = 10
_SLOTS_A_PHASE = 2
PHASE_S = _SLOTS_A_PHASE / _SLOTS_PER_S


def phase(key: str, interval_s: float) -> float:
    """A machine's fixed place within the interval, in seconds, on a slot; in a multiple of it, the same again."""
    place = zlib.crc32(key.encode()) % _slots(interval_s)
    return (place - place % _SLOTS_A_PHASE) / _SLOTS_PER_S


def next_due(now_s: float, interval_s: float, phase_s: float) -> float:
    """The first moment after `now_s` on the machine's phase; an interval between two slots is rounded up."""
    interval, offset = _slots(interval_s), round(phase_s * _SLOTS_PER_S)
    periods = (math.floor(now_s * _SLOTS_PER_S) - offset) // interval + 1
    return (offset + periods * interval) / _SLOTS_PER_S


def pace_s(interval_s: float, silent_s: float) -> float:
    """The interval to keep after so much silence: its own within the first minute, then 10 s, and from two minutes on
    20 s, from four 40 s, from eight a minute; rounded up to a multiple of the interval, so that the phase stays."""
    if silent_s < PATIENCE_S or interval_s >= BACKOFF_CAP_S:
        return interval_s
    doublings = math.floor(math.log2(silent_s / PATIENCE_S))
    wanted_s = min(BACKOFF_CAP_S, math.ldexp(_FIRST_BACKOFF_S, doublings))
    return min(BACKOFF_CAP_S, interval_s * math.ceil(wanted_s / interval_s))


def is_slow(passed_s: float | None, interval_s: float) -> bool:
    """Whether to poll slowly, `passed_s` after the last slow poll: if no later one lies nearer to a minute after it."""
    return passed_s is None or passed_s >= SLOW_EVERY_S - interval_s / 2


def _slots(interval_s: float) -> int:
    return max(1, math.ceil(interval_s * _SLOTS_PER_S))
