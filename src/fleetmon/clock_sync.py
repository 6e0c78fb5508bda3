"""Whether anybody sets this computer's clock. A wrong clock makes every time in every message wrong, and looks right.

The kernel knows: whoever disciplines the clock (chrony, ntpd, systemd-timesyncd) tells it so through adjtimex(2), and
it forgets that again after a day without corrections. A hardened service may be forbidden to ask; then the mark that
systemd-timesyncd leaves once it has set the clock (systemd-timesyncd.service(8)) proves it, and its absence nothing.
"""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR: Final = 5  # adjtimex(2): "The system clock is not synchronized to a reliable server."
_LARGER_THAN_TIMEX: Final = 512


def synchronised(ask: Callable[[], int] | None = None, mark: Path = _SYNCHRONISED) -> bool | None:
    """None where it cannot be known. `ask` stands for adjtimex(2): a state, or a negative number when it is refused."""
    state = (ask or _adjtimex)()
    if state >= 0:
        return state != _TIME_ERROR
    return True if mark.exists() else None


def _adjtimex() -> int:
    """The clock's state, changing nothing: `modes`, the first word of struct timex, is 0."""
    call = getattr(ctypes.CDLL(None), "adjtimex", None)
    return int(call(ctypes.create_string_buffer(_LARGER_THAN_TIMEX))) if call else -1
