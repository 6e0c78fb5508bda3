"""Pages are found by the nearest text, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.model.alerts import Condition
from fleetmon.playbooks import Page, Playbooks, shipped
from fleetmon.playbooks_file import LanguageTexts, PageTexts, Texts, placeholders
from fleetmon.vocabulary import REASONS

JAM = Condition.JAM
FULL = {"title": "t", "meaning": "m.", "operator": "o. p.", "call": "c."}


def language(**pages: object) -> LanguageTexts:
    """A file of texts; `anything` says the four letters."""
    return LanguageTexts.model_validate({"anything": FULL, **pages})


def test_a_reason_comes_before_its_families_and_these_before_the_condition() -> None:
    """The longest pattern first, whatever the order in the file."""
    said = {"*-jam": {"title": "short"}, "media-*jam": {"title": "long"}, "media-path-jam": {"title": "own"}}
    books = Playbooks({"en": language(condition={"jam": {"title": "condition"}}, reason=said)})
    asked = ["media-path-jam", "media-jam", "laminator-jam", "media-empty", None]
    titles = [books.page("en", reason, JAM).title for reason in asked]
    assert titles == ["own", "long", "short", "condition", "condition"]
    assert books.page("en", None, Condition.PAUSED).title == "t"


def test_fields_are_looked_up_one_by_one() -> None:
    """What a page leaves out comes from the next one; a page is reviewed if all it took is."""
    unread = PageTexts(call="read me.", reviewed=False)
    books = Playbooks({"en": language(condition={"jam": {"operator": "x. y."}}, reason={"*-jam": unread})})
    assert books.page("en", "media-jam", JAM) == Page("t", "m.", "x. y.", "read me.", reviewed=False)
    assert books.page("en", "media-empty", JAM) == Page("t", "m.", "x. y.", "c.", reviewed=True)


def test_of_two_as_near_the_site_comes_first_then_the_driver() -> None:
    """And only of those machines that the driver is for."""
    books = Playbooks({"en": language(condition={"jam": {"title": "shipped"}})})
    driver = Texts(condition={JAM: PageTexts(title="driver", meaning="driver.")})
    books = books.with_driver("hp", "en", driver)
    assert [books.page("en", None, JAM, each).title for each in (None, "zebra", "hp")] == [
        "shipped",
        "shipped",
        "driver",
    ]
    books = books.with_site("en", LanguageTexts(condition={JAM: PageTexts(title="site")}))
    page = books.page("en", None, JAM, "hp")
    assert (page.title, page.meaning, page.call) == ("site", "driver.", "c.")


def test_another_language_is_whole_before_english_helps() -> None:
    """Somebody who reads Urdu would sooner read something general in Urdu; what is missing altogether is English."""
    english = language(reason={"media-jam": {"title": "document jam", "call": "Call."}})
    urdu = LanguageTexts(reviewed=False, condition={JAM: PageTexts(title="jam in Urdu")}, words={"a": "A"})
    books = Playbooks({"en": english.model_copy(update={"words": {"a": "a", "b": "b"}}), "ur": urdu})
    page = books.page("ur", "media-jam", JAM)
    assert (page.title, page.call, page.reviewed) == ("jam in Urdu", "Call.", False)
    assert dict(books.words("ur")) == {"a": "A", "b": "b"}
    assert books.page("xx", "media-jam", JAM).title == "document jam"


def test_a_part_is_called_by_its_name_or_its_kind_and_number() -> None:
    """The nearest file that knows it; else as the driver calls it."""
    books = Playbooks({"en": language(parts={"supply-*": "supply {number}"}), "ur": LanguageTexts(parts={"exit": "E"})})
    books = books.with_site("en", LanguageTexts(parts={"supply-2": "foil"}))
    asked = ("supply-1", "supply-2", "exit", "tray")
    assert [books.part("en", each) for each in asked] == ["supply 1", "foil", "exit", "tray"]
    assert [books.part("ur", each) for each in asked] == ["supply 1", "foil", "E", "tray"]


@pytest.mark.parametrize(("text", "first"), [("One. Two.", "One."), ("Only one", "Only one"), ("ایک۔ دو۔", "ایک۔")])
def test_the_first_step_is_the_first_sentence(text: str, first: str) -> None:
    """In either script."""
    assert Page("", "", text, "", reviewed=True).step == first


@given(
    st.sampled_from(shipped().languages),
    st.one_of(st.none(), st.sampled_from(sorted(REASONS)), st.text()),
    st.sampled_from(Condition),
    st.one_of(st.none(), st.text()),
)
def test_whatever_is_asked_there_is_a_page(
    spoken: str, reason: str | None, condition: Condition, driver: str | None
) -> None:
    """Never nothing, never an error, also for words of another version."""
    page = shipped().page(spoken, reason, condition, driver)
    assert all((page.title, page.meaning, page.operator, page.call))
    assert page.operator.startswith(page.step)
    assert page.reviewed == (spoken == "en")


@given(st.text())
def test_braces_are_names_or_refused(text: str) -> None:
    """Whatever the text, each name found is one that can be filled."""
    try:
        names = placeholders(text)
    except ValueError:
        assert "{" in text or "}" in text
    else:
        assert text.format(**dict.fromkeys(names, "x")) is not None
