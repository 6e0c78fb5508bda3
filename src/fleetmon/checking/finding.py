"""One thing that was looked at, and how it is."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How a finding is to be taken: a note is to be known, and only a problem keeps fleetmon from its work."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` names what was looked at; the text says how it is, and what to do where it is not well."""

    weight: Weight
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.weight.value:<8} {self.about}: {self.text}"
