"""One language's texts as they stand in a file: `locale/LANG.toml`, shipped or a site's, and a driver's
`playbook.LANG.toml`.

The same checks for all of them, so that what is shipped is a fair example. A text may be broken over lines to be
legible in the file; it is one line when read. Characters that nobody sees are refused: the marks that turn the
direction of writing could make a text read otherwise than it is stored, and no language needs them here.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from fleetmon.model.alerts import Condition
from fleetmon.toml_problems import Misfit, did_you_mean
from fleetmon.vocabulary import REASONS

ZERO_WIDTH_NON_JOINER = "\u200c"
"""Invisible, and yet spelling: Urdu and Persian part letters with it."""


class Direction(StrEnum):
    """Which way a language is written; the texts themselves are plain Unicode in logical order."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


@cache
def family(pattern: str) -> re.Pattern[str]:
    """What a key with `*` in it takes, whatever the case (`subunit-timing-Failure` has a capital)."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces. ValueError where a brace has no partner, or is around more than a plain name."""
    try:
        fields = [(name, spec, turn) for _, name, spec, turn in Formatter().parse(text) if name is not None]
    except ValueError:
        raise ValueError("a brace has no partner; names stand in braces: {machine}") from None
    if any(spec or turn or not name.isidentifier() for name, spec, turn in fields):
        raise ValueError("in braces stands a plain name: {machine}")
    return frozenset(name for name, _, _ in fields)


def _one_line(text: object) -> object:
    return " ".join(text.split()) if isinstance(text, str) else text


def _visible(text: str) -> str:
    if hidden := next((each for each in text if not each.isprintable() and each != ZERO_WIDTH_NON_JOINER), None):
        raise ValueError(f"holds a character that nobody sees: U+{ord(hidden):04X}")
    return text


def _sentence(text: str) -> str:
    placeholders(text)
    return text


def _reason(key: str) -> str:
    if "*" not in key and key not in REASONS:
        raise ValueError(f'"{key[:60]}" is no reason{did_you_mean(key, REASONS)}')
    if "*" in key and not any(map(family(key).fullmatch, REASONS)):
        raise ValueError(f'no reason is like "{key[:60]}"')
    return key


def _parts(parts: dict[str, str]) -> dict[str, str]:
    odd = [(key, why) for key, text in parts.items() if (why := _part_fault(key, text))]
    if odd:
        raise Misfit(*(((key,), why) for key, why in odd))
    return parts


def _part_fault(key: str, text: str) -> str | None:
    numbered = key.endswith("-*")
    try:
        right = placeholders(text) == frozenset({"number"} if numbered else ())
    except ValueError as error:
        return str(error)
    return None if right else f"must hold {'{number}, and ' if numbered else ''}nothing {'else ' * numbered}in braces"


def _room(most: int) -> AfterValidator:
    """A payload has room for so many octets; a letter of Urdu takes two."""

    def fits(text: str) -> str:
        if (length := len(text.encode())) > most:
            raise ValueError(f"takes {length} octets in UTF-8; there is room for {most}")
        return text

    return AfterValidator(fits)


_ONE_LINE = (Field(min_length=1), BeforeValidator(_one_line), AfterValidator(_visible))
Title = Annotated[str, *_ONE_LINE, _room(120)]
Meaning = Annotated[str, *_ONE_LINE, _room(480)]
Steps = Annotated[str, *_ONE_LINE, _room(640)]
Call = Annotated[str, *_ONE_LINE, _room(320)]
Word = Annotated[str, *_ONE_LINE, _room(300), AfterValidator(_sentence)]
Reason = Annotated[str, AfterValidator(_reason)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PageTexts(_Table):
    """`[condition.NAME]` or `[reason."NAME"]`: what a page says, as far as it differs from the next one."""

    title: Title | None = None
    meaning: Meaning | None = None
    operator: Steps | None = None
    call: Call | None = None
    reviewed: bool | None = None


class Texts(_Table):
    """A driver's `playbook.LANG.toml`: pages and names of parts. `reviewed` holds for every page that does not say."""

    reviewed: bool = True
    parts: Annotated[dict[str, Title], AfterValidator(_parts)] = {}
    anything: PageTexts = PageTexts()
    condition: dict[Annotated[Condition, Field(strict=False)], PageTexts] = {}
    reason: dict[Reason, PageTexts] = {}


class Language(_Table):
    """`[language]`: what speakers call it, and which way it is written."""

    name: Title
    direction: Annotated[Direction, Field(strict=False)] = Direction.LEFT_TO_RIGHT


class LanguageTexts(Texts):
    """`locale/LANG.toml`: the same, and the sentences around them. A site's may leave out what it does not change."""

    language: Language | None = None
    words: dict[str, Word] = {}


def word_faults(words: Mapping[str, str], original: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong) for every sentence that is not in the original, or that has other names in braces."""
    for key, text in words.items():
        if key not in original:
            yield key, f'there is no sentence "{key[:60]}"{did_you_mean(key, original)}'
        elif placeholders(text) != placeholders(original[key]):
            wanted = ", ".join(f"{{{name}}}" for name in sorted(placeholders(original[key])))
            yield key, f"must hold {wanted or 'nothing in braces'}, as in English"
