"""What a machine counts, which is not always what it makes.

Counters of real machines move once per batch, stand still while booklets come out, begin anew after a reset and wrap
after 32 bits. A model that only knew what was made could never show any of that.
"""


class Counter:
    """`made` is the truth since the start; `total` and `since_boot` are what the machine says."""

    def __init__(self) -> None:
        self.made = self.total = self.since_boot = 0
        self.batch = 1
        self.stuck = False
        self._unsaid = 0

    def count(self) -> bool:
        """One more was made; whether the machine says so now."""
        self.made += 1
        if self.stuck:
            return False
        self._unsaid += 1
        if self._unsaid < self.batch:
            return False
        self.total += self._unsaid
        self.since_boot += self._unsaid
        self._unsaid = 0
        return True

    def restart(self) -> None:
        """The machine was switched on: what is counted since then begins anew."""
        self.since_boot = 0

    def reset(self) -> None:
        """Everything it says begins anew."""
        self.total = self.since_boot = self._unsaid = 0
