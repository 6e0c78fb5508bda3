"""The page that reviewers read is the page the texts make, and it says what nobody has reviewed yet."""

from pathlib import Path

import pytest

from fleetmon import catalog, locales, locales_page
from fleetmon.catalog import Catalog
from fleetmon.model.alerts import Condition
from fleetmon.playbooks import Playbooks


@pytest.fixture(scope="module")
def books() -> Playbooks:
    """What is shipped, with the shipped drivers' own pages."""
    return locales.read(Path("no such folder"), catalog.load())


def test_the_committed_page_is_what_the_texts_say(root: Path, books: Playbooks) -> None:
    """docs/playbooks.md equals the rendering; if not: python -m fleetmon.locales_page > docs/playbooks.md."""
    assert (root / "docs" / "playbooks.md").read_text("utf-8") == locales_page.render(books)


def test_every_text_stands_on_the_page(books: Playbooks) -> None:
    """In both languages, the drivers' too."""
    page = locales_page.render(books)
    files = [*books.own.values(), *(texts for driver in books.drivers.values() for texts in driver.values())]
    for texts in files:
        for each in [texts.anything, *texts.condition.values(), *texts.reason.values()]:
            said = (each.title, each.meaning, each.operator, each.call)
            assert all(text in page for text in said if text)


def test_the_page_counts_what_lacks_a_review(books: Playbooks) -> None:
    """English none, Urdu all of them until somebody has read them; one that was read is no longer listed."""
    waiting = list(locales_page.unreviewed(books))
    assert {language for language, _ in waiting} == {"ur"}
    assert ("ur", "condition jam") in waiting
    assert ("ur", "other of driver stack_light") in waiting
    assert f"| {len(waiting)} | {len(waiting)} |\n" in locales_page.render(books)


def test_a_reviewed_page_leaves_the_list(books: Playbooks) -> None:
    """A page says so for itself, whatever its file says of the rest."""
    urdu = books.own["ur"]
    jam = next(page for key, page in urdu.condition.items() if key == "jam").model_copy(update={"reviewed": True})
    condition = {key: jam if key == "jam" else page for key, page in urdu.condition.items()}
    read = Playbooks({**books.own, "ur": urdu.model_copy(update={"condition": condition})})
    assert ("ur", "condition jam") not in list(locales_page.unreviewed(read))
    assert ("ur", "condition paused") in list(locales_page.unreviewed(read))
    assert "`condition paused`" in locales_page.render(read)


def test_the_list_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m fleetmon.locales_page unreviewed`: language and page, a line each."""
    locales_page.main(["unreviewed"])
    assert "ur condition jam\n" in capsys.readouterr().out


def test_without_drivers_the_page_has_the_languages_alone() -> None:
    """Nothing depends on a certain driver being there."""
    assert "of driver" not in locales_page.render(locales.read(Path("no such folder"), Catalog()))


def test_the_example_on_the_page_can_be_used_as_it_stands(tmp_path: Path, books: Playbooks) -> None:
    """Whoever copies it into their folder has a file that loads and does what the page says."""
    example = locales_page.render(books).partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "en.toml").write_text(example, "utf-8")
    site = locales.read(tmp_path / "locale", Catalog())
    assert site.page("en", "media-jam", Condition.JAM).call.startswith("Call extension 12")
    assert site.part("en", "supply-2") == "hologram foil"
