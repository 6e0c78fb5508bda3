"""A text that must not be seen: it prints as asterisks, and only `reveal()` gives it out.

Settings carry secrets by reference (where a password stands, not what it is); this is what such a reference becomes.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret. `origin` says where it came from, for messages; `path` its file, for libraries that read files."""

    origin: str
    path: Path | None = None
    text: str | None = field(default=None, repr=False)

    def reveal(self) -> str:
        """The secret itself. Raises LookupError where the settings were only parsed, not loaded."""
        if self.text is None:
            raise LookupError(f"the secret from {self.origin} was not read")
        return self.text

    def __str__(self) -> str:
        return "********"
