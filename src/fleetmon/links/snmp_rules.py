"""What every SNMP agent is held to, whatever version it speaks: the rows of a walk, and the words for its refusals."""

from typing import Final

from fleetmon.decode.ber import END_OF_MIB_VIEW, EXCEPTIONS
from fleetmon.decode.dialogue import Oid, Reply, Varbind, dotted
from fleetmon.errors import GarbledReply

MAX_ROWS: Final = 2_000

# RFC 3416 section 3; the numbers an agent puts into error-status.
ERROR_STATUS: Final = (
    "noError tooBig noSuchName badValue readOnly genErr noAccess wrongType wrongLength wrongEncoding wrongValue"
    " noCreation inconsistentValue resourceUnavailable commitFailed undoFailed authorizationError notWritable"
    " inconsistentName"
).split()
TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR = 1, 2, 5, 6, 16


def status_name(status: int) -> str:
    """The RFC's word for an error-status, or its number."""
    return ERROR_STATUS[status] if 0 <= status < len(ERROR_STATUS) else f"error-status {status}"


class Rows:
    """The rows of one walk as they come in.

    OIDs must increase: an agent that goes back would keep a poller for ever (RFC 3416 section 4.2.2 orders them), and
    of a table that does so nobody can say which rows are real.
    """

    def __init__(self, root: Oid) -> None:
        self._root = root
        self._rows: list[Varbind] = []
        self._seen = 0
        self.last = root

    def take(self, row: Varbind) -> bool:
        """Whether the walk goes on behind this row. GarbledReply when OIDs do not increase or there are too many."""
        if row.tag == END_OF_MIB_VIEW or row.oid[: len(self._root)] != self._root:
            return False
        if row.oid <= self.last:
            raise GarbledReply(
                f"the walk of {dotted(self._root)} does not get on: {dotted(row.oid)} came after {dotted(self.last)}"
            )
        self._seen += 1
        if self._seen > MAX_ROWS:
            raise GarbledReply(f"the walk of {dotted(self._root)} has more than {MAX_ROWS} rows at {dotted(row.oid)}")
        self.last = row.oid
        if row.tag not in EXCEPTIONS:
            self._rows.append(row)
        return True

    def reply(self) -> Reply:
        """The rows so far, in strictly increasing order."""
        return tuple(self._rows)
