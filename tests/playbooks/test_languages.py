"""What is shipped is complete: every language says everything, within the room there is, in letters people can see."""

import re
import unicodedata

import pytest

from fleetmon.model.alerts import Condition
from fleetmon.playbooks import ENGLISH, shipped
from fleetmon.playbooks_file import Direction, LanguageTexts, placeholders, word_faults

OWN = shipped().own
ORIGINAL = OWN[ENGLISH]
TRANSLATIONS = sorted(set(OWN) - {ENGLISH})
FIELDS = ("title", "meaning", "operator", "call")
ARABIC_LETTERS = frozenset("\u064a\u0649\u0643\u0647\u0629")
"""Letters of Arabic that Urdu writes otherwise, and that look the same or nearly so."""


def texts(language: LanguageTexts) -> list[str]:
    """Every text of a language."""
    pages = [language.anything, *language.condition.values(), *language.reason.values()]
    said = [text for page in pages for field in FIELDS if (text := getattr(page, field))]
    return [*said, *language.words.values(), *language.parts.values()]


@pytest.fixture(params=TRANSLATIONS)
def translation(request: pytest.FixtureRequest) -> LanguageTexts:
    """Each shipped language but English."""
    return OWN[request.param]


def test_english_and_urdu_are_shipped() -> None:
    """English first; Urdu runs from right to left, English from left to right."""
    assert shipped().languages == ("en", "ur")
    assert [shipped().direction(each) for each in ("en", "ur")] == [Direction.LEFT_TO_RIGHT, Direction.RIGHT_TO_LEFT]
    assert [shipped().name(each) for each in ("en", "ur")] == ["English", "اردو"]


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_page_of_its_own(condition: Condition) -> None:
    """Whatever is wrong, somebody who must act finds what it means, what to do and whom to call."""
    page = ORIGINAL.condition[condition]
    assert all(getattr(page, field) for field in FIELDS)
    assert all(getattr(ORIGINAL.anything, field) for field in FIELDS)


def test_a_translation_has_the_pages_and_the_fields_of_the_original(translation: LanguageTexts) -> None:
    """So that looking up field by field finds the same page's text in every language, in the same order of keys."""

    def said(texts: LanguageTexts) -> list[tuple[str, set[str]]]:
        pages = [*texts.condition.items(), *texts.reason.items()]
        return [(str(key), page.model_fields_set - {"reviewed"}) for key, page in pages]

    assert said(translation) == said(ORIGINAL)


def test_a_translation_has_every_sentence_with_its_names_in_braces(translation: LanguageTexts) -> None:
    """None is missing, none asks for what nobody gives, none forgets what is to be told."""
    assert list(word_faults(translation.words, ORIGINAL.words)) == []
    assert list(translation.words) == list(ORIGINAL.words)


def test_a_translation_is_unreviewed_until_somebody_says_otherwise(translation: LanguageTexts) -> None:
    """Only a page that somebody marked is shown as reviewed."""
    assert translation.reviewed is False
    assert ORIGINAL.reviewed is True


def test_every_page_of_a_part_names_it_in_every_language(translation: LanguageTexts) -> None:
    """What English calls otherwise than the drivers do, a translation calls by a name of its own."""
    assert set(ORIGINAL.parts) <= set(translation.parts)


@pytest.mark.parametrize("language", sorted(OWN))
def test_pages_have_no_braces(language: str) -> None:
    """Nobody fills them; only sentences and numbered parts have any."""
    pages = [*OWN[language].condition.values(), *OWN[language].reason.values(), OWN[language].anything]
    said = [text for page in pages for field in FIELDS if (text := getattr(page, field))]
    assert [text for text in said if placeholders(text)] == []


@pytest.mark.parametrize("language", sorted(OWN))
def test_sentences_end_and_titles_do_not(language: str) -> None:
    """A title goes into a sentence; everything else is whole sentences. The first step ends before the rest begins."""
    books = OWN[language]
    for page in [books.anything, *books.condition.values(), *books.reason.values()]:
        assert page.title is None or page.title[-1] not in ".۔!?:،,", page.title
        for text in (page.meaning, page.operator, page.call):
            assert text is None or text[-1] in ".۔", text


def test_urdu_is_written_with_the_letters_of_urdu() -> None:
    """Arabic keyboards have letters that look alike and are found by no search; nothing steers the direction."""
    for text in texts(OWN["ur"]):
        assert not set(text) & ARABIC_LETTERS, text
        assert unicodedata.normalize("NFC", text) == text
        assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
        latin = re.sub(r"`[^`]*`|\{\w+\}|fleetmon", "", text)
        assert not re.search("[A-Za-z]", latin), text


def test_no_page_asks_for_what_is_never_safe() -> None:
    """Where bridging, defeating or reaching in is named, it is forbidden in the same sentence; nothing is binned."""
    risky = re.compile(r"\b(bridge|bridged|bypass|defeat|taped|reach in|reach into|held down|binned|vacuum|format)\b")
    for text in texts(ORIGINAL):
        for sentence in re.split(r"(?<=[.]) ", text):
            if risky.search(sentence.lower()):
                assert re.search(r"\b(never|not|nothing|none|without)\b", sentence.lower()), sentence


@pytest.mark.parametrize("key", [key for key in ORIGINAL.reason if key.startswith("laminator-")])
def test_every_page_about_the_inside_of_a_laminator_speaks_of_the_heat(key: str) -> None:
    """Whoever has to put their hands near rollers is told that they are hot."""
    operator = ORIGINAL.reason[key].operator
    near = operator and re.search(r"\b(thread|reach|pull|cover|close it|clean|stuck)\b", operator)
    assert not near or re.search(r"\b(hot|heat|cold)\b", str(operator)), operator
