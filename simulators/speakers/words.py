"""What a sheet may say to a speaker: its protocol's words and what each fault says there, checked when it is made."""

from collections.abc import Iterable, Mapping

from fleetmon.simulators.reading import BadInput
from fleetmon.simulators.sheets.parts import Sheet

ELSEWHERE = frozenset({"heater"})  # said to the heater, not on the wire


def known_words(sheet: Sheet, words: Iterable[str], said: Iterable[str]) -> Mapping[str, int | str]:
    """The sheet's `[bytes.words]`. Raises BadInput for a word, there or in what a fault says, that is not known."""
    words, said = tuple(words), (*said, *ELSEWHERE)
    own = sheet.speaks.words if sheet.speaks else {}
    for word in own:
        if word not in words:
            raise BadInput(f"{sheet.name}: bytes.words: {word!r} is not known; there are: {', '.join(words)}")
    for fault in sheet.faults.values():
        for word in fault.says:
            if word not in said:
                raise BadInput(
                    f"{sheet.name}: faults.{fault.name}.says: {word!r} is not known; there are: {', '.join(said)}"
                )
    return own


def number_of(words: Mapping[str, int | str], word: str, otherwise: int) -> int:
    """A whole number among the words."""
    value = words.get(word, otherwise)
    return value if isinstance(value, int) else otherwise


def text_of(words: Mapping[str, int | str], word: str, otherwise: str) -> str:
    """A text among the words; a number reads as its digits."""
    return str(words.get(word, otherwise))
