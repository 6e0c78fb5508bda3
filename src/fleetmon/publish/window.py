"""What of the stream is on its way: the rows above the lowest confirmation, pure.

At most `size` rows are outstanding, handed over in ascending order. The confirmation moves only over rows that were
each confirmed themselves, so nothing is ever skipped; sequences that are missing from the outbox were dropped there,
and a gap event says so. Gap events may go ahead of their turn: a consumer that waits for a dropped sequence needs them
first. When in doubt, after a new connection or when nothing moves, everything outstanding is sent again (go-back).
"""

from typing import Final

# Confirmations come half a second apart: at a round trip of 300 ms that many rows make 250 a second. The broker holds
# as many for each site whose consumer is away.
SIZE: Final = 200


class Window:
    """Starts after `acked`, the last sequence known to be confirmed."""

    def __init__(self, acked: int, size: int = SIZE) -> None:
        self.acked = acked
        self.cursor = acked
        self._size = size
        self._outstanding: dict[int, bool] = {}  # in ascending order; True once confirmed by itself
        self._ahead: dict[int, bool] = {}

    @property
    def room(self) -> int:
        """How many more rows may be taken now; what went ahead takes no room, or it might keep out what it explains."""
        return self._size - len(self._outstanding)

    @property
    def outstanding(self) -> int:
        """How many rows are sent and not covered by `acked`."""
        return len(self._outstanding) + len(self._ahead)

    def ahead(self, seq: int) -> bool:
        """Whether the gap event `seq` is to be sent now, ahead of its turn."""
        if seq <= self.cursor or seq in self._ahead:
            return False
        self._ahead[seq] = False
        return True

    def take(self, seq: int) -> bool:
        """Whether row `seq`, the next one in the outbox above `cursor`, is to be sent now; False if it went ahead."""
        if seq <= self.cursor:
            raise ValueError(f"row {seq} is not above {self.cursor}: rows are taken in ascending order")
        self.cursor = seq
        went_ahead = seq in self._ahead
        self._outstanding[seq] = self._ahead.pop(seq, False)
        self._advance()
        return not went_ahead

    def read_to(self, seq: int) -> None:
        """There are no more rows up to `seq`; a gap that went ahead and is not among them was folded into another."""
        self.cursor = max(self.cursor, seq)
        self._ahead = {each: done for each, done in self._ahead.items() if each > self.cursor}

    def confirm(self, seq: int) -> bool:
        """Row `seq` was confirmed by itself; whether `acked` moved. A row that is not outstanding changes nothing."""
        for rows in (self._outstanding, self._ahead):
            if seq in rows:
                rows[seq] = True
        return self._advance()

    def confirm_all(self, upto: int) -> bool:
        """Everything up to `upto` was confirmed, by a consumer that says so itself; whether `acked` moved."""
        if upto <= self.acked:
            return False
        self.acked = upto
        self.cursor = max(self.cursor, upto)
        self._outstanding = {seq: done for seq, done in self._outstanding.items() if seq > upto}
        self._ahead = {seq: done for seq, done in self._ahead.items() if seq > upto}
        return True

    def go_back(self) -> None:
        """Nothing above `acked` counts as sent any more."""
        self.cursor = self.acked
        self._outstanding.clear()
        self._ahead.clear()

    def _advance(self) -> bool:
        before = self.acked
        for seq, confirmed in list(self._outstanding.items()):
            if not confirmed:
                break
            del self._outstanding[seq]
            self.acked = seq
        return self.acked > before
