"""Laws about pages: whatever a shipped driver can say, somebody finds what to do about it, in every language."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetmon import catalog, locales
from fleetmon.assess.alerting.rules import condition_of_reason
from fleetmon.model.alerts import Condition
from fleetmon.model.words import Severity
from fleetmon.playbooks import shipped
from fleetmon.playbooks_file import PageTexts, Texts, family
from fleetmon.vocabulary import REASONS

SHIPPED = catalog.load()
BOOKS = locales.read(Path("no such folder"), SHIPPED)
LANGUAGES = BOOKS.languages


def values(value: object, wanted: str, key: str = "") -> Iterator[str]:
    """Every text that a definition has for a key, wherever it stands."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from values(inside, wanted, str(name))
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from values(inside, wanted, key)
    elif key == wanted and isinstance(value, str):
        yield value


def named(driver: str, wanted: str) -> list[str]:
    """What a shipped driver's definition names."""
    return sorted({*values(SHIPPED.drivers[driver].definition.model_dump(), wanted)})


def conditions(reason: str) -> set[Condition]:
    """What a reason can make, as a warning and as an error."""
    found = {condition_of_reason(reason, severity) for severity in (Severity.WARNING, Severity.ERROR)}
    return {each or Condition.UNMAPPED for each in found}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("driver", sorted(SHIPPED.drivers))
def test_every_reason_of_a_shipped_driver_has_a_page(driver: str, language: str) -> None:
    """Its own, its family's or its condition's, and not the page for anything."""
    for reason in named(driver, "reason"):
        for condition in conditions(reason):
            page = BOOKS.page(language, reason, condition, driver)
            assert page.title != BOOKS.own[language].anything.title, reason
            assert all((page.meaning, page.operator, page.call)), reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_there_is_has_a_page(language: str) -> None:
    """The general drivers can say all of the registry's words, so none of the 905 leads to nothing."""
    for reason in REASONS:
        for condition in conditions(reason):
            assert BOOKS.page(language, reason, condition).title != BOOKS.own[language].anything.title, reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_families_of_equal_length_take_one_reason(language: str) -> None:
    """The longest pattern wins; between equals the alphabet would."""
    families = {key: family(key) for key in shipped().own[language].reason if "*" in key}
    for reason in REASONS:
        fitting = sorted((len(key), key) for key, pattern in families.items() if pattern.fullmatch(reason))
        assert len({length for length, _ in fitting}) == len(fitting), (reason, fitting)


@pytest.mark.parametrize("driver", sorted(SHIPPED.drivers))
def test_every_part_that_a_shipped_driver_names_has_a_name_in_urdu(driver: str) -> None:
    """A page in one language with a part in another reads like a mistake."""
    assert [part for part in named(driver, "part") if BOOKS.part("ur", part, driver) == part] == []


@pytest.mark.parametrize("driver", sorted(BOOKS.drivers))
def test_a_driver_says_the_same_in_every_language(driver: str) -> None:
    """Its own pages have the same keys and fields in all of them."""
    files = BOOKS.drivers[driver]
    assert sorted(files) == sorted(LANGUAGES)

    def said(texts: Texts) -> dict[str, set[str]]:
        pages: dict[str, PageTexts] = {**{str(key): page for key, page in texts.condition.items()}, **texts.reason}
        return {key: page.model_fields_set - {"reviewed"} for key, page in pages.items()}

    assert all(said(files[language]) == said(files["en"]) for language in LANGUAGES)
    assert [language for language, texts in files.items() if texts.reviewed] == ["en"]
