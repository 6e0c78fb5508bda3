"""What a test of the torture hands back: whether the promise held, and the figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    held: bool
    text: str
