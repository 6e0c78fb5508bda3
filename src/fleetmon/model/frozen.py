"""Frozen dataclasses that are made as fast as others, for what is made with every poll.

`dataclass(frozen=True)` sets each field through `object.__setattr__`, which makes it three times as slow to make as one
that may be changed. Type checkers read what stands here as the standard one and refuse whoever assigns to a field; at
run time nobody is hindered, and nobody pays for it.
"""

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, frozen, slots):
        """As `dataclasses.dataclass`; equal ones have equal hashes, as frozen ones do."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)
