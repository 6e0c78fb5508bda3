"""How long to wait before the next connection.

How soon a broker is found again is a promise (all retained topics right within 10 s of its return), so the pause
between two attempts is capped at 4 s: an attempt that began just before the return may have to time out first (5 s).
A thousand sites then ask a dead broker 500 times a second, which a refused connection is cheap enough for.

Being thrown off by another client of our name is different: each of the two that came back at once would throw off the
other, for ever and as fast as it can. Whoever is thrown off stays away for half a minute at least, longer each time.
Some brokers (mosquitto 2.0.11) do not say so but hang up without a word. Then it takes a few connections to notice:
each found its session alive at the broker and was hung up on soon. A broker that crashes as often looks the same.
"""

import random
from typing import Final

from fleetmon.publish.mqtt.plan import UplinkPlan
from fleetmon.publish.mqtt.trouble import Trouble

_FIRST_S: Final = 1.0
_STABLE_S: Final = 60.0  # a connection that lasted so long ends the backing off
_ALONE_S: Final = 900.0  # and one that lasted so long was the only one of its name
_AWAY_MOST: Final = 4  # times the first pause after being thrown off: whoever is right is back within three minutes
_SOON_S: Final = 15.0
_HANGS_UP: Final = 4  # times in a row: fewer may be a broker that is being restarted


class Backoff:
    """`taken_over` counts how often we were thrown off lately."""

    def __init__(self, plan: UplinkPlan) -> None:
        self.taken_over = 0
        self._plan = plan
        self._attempts = self._hung_up = 0

    def pause_s(self, trouble: Trouble | None, lasted_s: float, *, hung_up: bool = False) -> float:
        """After a connection that ended so and had `lasted_s`, 0 for one that never was.

        `hung_up`: it had resumed its session and was closed by the broker without a word.
        """
        self._attempts = 1 if lasted_s >= _STABLE_S else self._attempts + 1
        self._hung_up = self._hung_up + 1 if hung_up and lasted_s < _SOON_S else 0
        if trouble is Trouble.TAKEN_OVER or self._hung_up >= _HANGS_UP:
            self.taken_over = 1 if lasted_s >= _ALONE_S else self.taken_over + 1
            first_s = self._plan.takeover_s
            return random.uniform(1.0, 1.5) * first_s * min(2.0 ** (self.taken_over - 1), _AWAY_MOST)
        if lasted_s >= _ALONE_S:
            self.taken_over = 0
        return random.uniform(0.0, min(self._plan.backoff_cap_s, _FIRST_S * 2.0 ** min(self._attempts - 1, 10)))
