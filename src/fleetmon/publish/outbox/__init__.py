"""The outbox: what is committed here is told, whatever happens to process, broker or network afterwards.

`outbox` is what everybody else uses; `database` does the work in a thread of its own, on the numbered rows of `stream`
and with the `space` there is; `opening` decides whether a file can be continued, `lock` keeps a second daemon out and
remembers what the file must not forget, `rows` are the words.
"""

from fleetmon.publish.outbox.lock import StateInUse
from fleetmon.publish.outbox.opening import NewerSchema
from fleetmon.publish.outbox.outbox import BROKER, ROWS_AT_ONCE, Outbox, OutboxError
from fleetmon.publish.outbox.rows import Consumer, Due, Figures, Limits, Row

__all__ = [
    "BROKER",
    "ROWS_AT_ONCE",
    "Consumer",
    "Due",
    "Figures",
    "Limits",
    "NewerSchema",
    "Outbox",
    "OutboxError",
    "Row",
    "StateInUse",
]
