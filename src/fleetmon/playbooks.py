"""What people read when something is wrong: a title, what it means, what an operator may do, and whom to call when.

The texts are data, one TOML file a language, so that whoever speaks a language better than a programmer can mend it. A
page is for one reason, or for a family of them (`*-jam`), or for a condition; its fields are looked up one by one, the
nearest text first, so that a site that only knows better whom to call writes that one line and keeps the rest. Nearest
is the page of the reason, then those of its families from the longest pattern to the shortest, then the condition's,
then the page for anything; of two as near, the site's, then the driver's, then what is shipped. So a site's word on
jams in general does not hide that a laminator is hot. What a language lacks is English: nobody who is woken at night
reads an empty page.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from fleetmon.model.alerts import Condition
from fleetmon.playbooks_file import Direction, LanguageTexts, PageTexts, Texts, family

_OWN, _CONDITION, _ANYTHING = 1000, 0, -1  # nearer and farther than any pattern is long
_REMEMBERED = 4096  # pages: more than all reasons of a site's drivers
_SENTENCE_END = re.compile(r"(?<=[.!?۔؟]) ")

ENGLISH = "en"
"""The language that is complete, and that every other falls back on."""


@dataclass(frozen=True, slots=True)
class Page:
    """What to read about one alert. `title` is a short noun phrase that fits into a sentence.

    `reviewed`: each of these texts was read by somebody who speaks the language and knows the machines.
    """

    title: str
    meaning: str
    operator: str
    call: str
    reviewed: bool

    @property
    def step(self) -> str:
        """What an operator does first: the first sentence, which is written so that it may stand alone."""
        return _SENTENCE_END.split(self.operator, 1)[0]


@dataclass(frozen=True, slots=True)
class Playbooks:
    """All texts: `own` by language as shipped, `site` by language, `drivers` by driver and language."""

    own: Mapping[str, LanguageTexts]
    site: Mapping[str, LanguageTexts] = field(default_factory=dict)
    drivers: Mapping[str, Mapping[str, Texts]] = field(default_factory=dict)
    _found: dict[tuple[str, str | None, Condition, str | None], Page] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _words: dict[str, Mapping[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """English first, then the others, by code."""
        return (ENGLISH, *sorted({*self.own, *self.site} - {ENGLISH}))

    def name(self, language: str) -> str:
        """What its speakers call it; the code where no file says."""
        return next((each.language.name for each in self._files(language) if each.language), language)

    def direction(self, language: str) -> Direction:
        """Which way it is written."""
        found = (each.language.direction for each in self._files(language) if each.language)
        return next(found, Direction.LEFT_TO_RIGHT)

    def page(self, language: str, reason: str | None, condition: Condition, driver: str | None = None) -> Page:
        """The page for a condition, by the reason that the machine gave, if any; see this module for the order."""
        asked = (language, reason, condition, driver)
        if asked not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[asked] = self._page(*asked)
        return self._found[asked]

    def _page(self, language: str, reason: str | None, condition: Condition, driver: str | None) -> Page:
        found: dict[str, str] = {}
        reviewed = True
        for texts, page in self._pages(language, reason, condition, driver):
            new = {key: text for key, text in _said(page) if key not in found}
            if new:
                found |= new
                reviewed = reviewed and (texts.reviewed if page.reviewed is None else page.reviewed)
        return Page(**found, reviewed=reviewed)

    def words(self, language: str) -> Mapping[str, str]:
        """The sentences by key, with names in braces; `str.format` fills them."""
        if language not in self._words:
            merged = dict(self.own[ENGLISH].words)
            for texts in reversed(tuple(self._files(language))):
                merged |= texts.words
            self._words[language] = MappingProxyType(merged)
        return self._words[language]

    def part(self, language: str, part: str, driver: str | None = None, described: str | None = None) -> str:
        """A part of a machine as speakers call it; the driver's own word where nobody knows a better one.

        `supply-2` is looked up as it stands and then as `supply-*`, whose text holds {number}. Between the two comes
        how the machine itself has `described` it: a number tells nobody which roll is meant.
        """
        stem, dash, number = part.rpartition("-")
        known = (*self._sources(language, driver), *self._sources(ENGLISH, driver))
        if described and not any(part in texts.parts for texts in known):
            return described
        for texts in known:
            if part in texts.parts:
                return texts.parts[part]
            if dash and f"{stem}-*" in texts.parts:
                return texts.parts[f"{stem}-*"].format(number=number)
        return part

    def with_site(self, language: str, texts: LanguageTexts) -> "Playbooks":
        """The same, with a site's own texts, which come before all others."""
        return replace(self, site={**self.site, language: texts})

    def with_driver(self, driver: str, language: str, texts: Texts) -> "Playbooks":
        """The same, with a driver's own texts, which come before what is shipped."""
        return replace(self, drivers={**self.drivers, driver: {**self.drivers.get(driver, {}), language: texts}})

    def _files(self, language: str) -> Iterator[LanguageTexts]:
        yield from (source[language] for source in (self.site, self.own) if language in source)

    def _sources(self, language: str, driver: str | None) -> tuple[Texts, ...]:
        """The files of one language, the site's first."""
        places = (self.site, self.drivers.get(driver or "", {}), self.own)
        return tuple(each[language] for each in places if language in each)

    def _pages(
        self, language: str, reason: str | None, condition: Condition, driver: str | None
    ) -> Iterator[tuple[Texts, PageTexts]]:
        """Every page that is about it, the nearest first; English behind all."""
        for each in dict.fromkeys((language, ENGLISH)):
            found = [
                (nearness, texts, page)
                for texts in self._sources(each, driver)
                for nearness, page in _fitting(texts, reason, condition)
            ]
            found.sort(key=lambda each: -each[0])  # stable: of two as near, the first source's
            yield from ((texts, page) for _, texts, page in found)


def _said(page: PageTexts) -> Iterator[tuple[str, str]]:
    for key in ("title", "meaning", "operator", "call"):
        if text := getattr(page, key):
            yield key, text


def _fitting(texts: Texts, reason: str | None, condition: Condition) -> Iterator[tuple[int, PageTexts]]:
    """The pages of one file that are about it, and how near each is; a longer pattern says more."""
    for key, page in texts.reason.items():
        if key == reason:
            yield _OWN, page
        elif reason is not None and "*" in key and family(key).fullmatch(reason):
            yield len(key), page
    if condition in texts.condition:
        yield _CONDITION, texts.condition[condition]
    yield _ANYTHING, texts.anything


@cache
def shipped() -> Playbooks:
    """What is in the package, read once."""
    folder = files("fleetmon").joinpath("locale")
    read = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return Playbooks(
        {
            each.name.removesuffix(".toml"): LanguageTexts.model_validate(tomllib.loads(each.read_text("utf-8")))
            for each in read
        }
    )
