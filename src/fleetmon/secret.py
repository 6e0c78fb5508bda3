"""A text that must not be seen: it prints as asterisks, and only `reveal()` gives it out.

Settings carry secrets by reference (where a password stands, not what it is); this is what such a reference becomes. It
is no dataclass: what walks over dataclasses to dump or log them must find nothing here.
"""

from pathlib import Path


class Secret:
    """One secret. `origin` says where it came from, for messages; `path` its file, for libraries that read files."""

    __slots__ = ("__text", "origin", "path")

    def __init__(self, origin: str, text: str | None = None, path: Path | None = None) -> None:
        self.origin = origin
        self.path = path
        self.__text = text

    def reveal(self) -> str:
        """The secret itself. Raises LookupError where the settings were only parsed, not loaded."""
        if self.__text is None:
            raise LookupError(f"the secret from {self.origin} was not read")
        return self.__text

    @property
    def length(self) -> int | None:
        """How many characters it has; None where it was not read."""
        return None if self.__text is None else len(self.__text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__same() == other.__same()

    def __hash__(self) -> int:
        return hash(self.__same())

    def __same(self) -> tuple[str, Path | None, str | None]:
        return self.origin, self.path, self.__text

    def __repr__(self) -> str:
        return f"<secret from {self.origin}>"

    def __str__(self) -> str:
        return "********"
