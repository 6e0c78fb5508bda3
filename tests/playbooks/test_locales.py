"""What a site and a driver write is read strictly, and every fault is told with its line."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon import catalog, locales
from fleetmon.catalog import Catalog
from fleetmon.errors import SettingsError
from fleetmon.model.alerts import Condition
from fleetmon.playbooks_file import Direction

NO_DRIVERS = Catalog()
NO_WORDS = 'words: unknown key "words"; allowed here: reviewed, parts, anything, condition, reason'


def write(folder: Path, name: str, text: str) -> Path:
    """A file of texts, where a site keeps them."""
    file = folder / "locale" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def faults(folder: Path, drivers: Catalog = NO_DRIVERS) -> list[str]:
    """Every problem, without the folder it stands in."""
    with pytest.raises(SettingsError) as told:
        locales.read(folder / "locale", drivers)
    return str(told.value).replace(f"{folder}/", "").splitlines()


def test_without_files_everything_is_as_shipped(tmp_path: Path) -> None:
    """A site need not write anything."""
    page = locales.read(tmp_path / "locale", NO_DRIVERS).page("en", "media-jam", Condition.JAM)
    assert page.title == "document jam"


def test_a_site_changes_one_line_and_keeps_the_rest(tmp_path: Path) -> None:
    """Whom to call is the site's; what a jam is stays as shipped."""
    before = locales.read(tmp_path / "locale", NO_DRIVERS).page("en", "media-jam", Condition.JAM)
    write(tmp_path, "en.toml", '[condition.jam]\ncall = "Call extension 12."\n')
    after = locales.read(tmp_path / "locale", NO_DRIVERS).page("en", "media-jam", Condition.JAM)
    assert after.call == "Call extension 12."
    assert (after.title, after.meaning, after.operator) == (before.title, before.meaning, before.operator)


def test_a_general_word_of_the_site_does_not_hide_a_particular_danger(tmp_path: Path) -> None:
    """What is shipped of a jam in a laminator stays, until the site speaks of just that."""
    shipped = locales.read(tmp_path / "locale", NO_DRIVERS).page("en", "laminator-jam", Condition.JAM)
    file = write(tmp_path, "en.toml", '[condition.jam]\noperator = "Pull it out."\n')
    books = locales.read(tmp_path / "locale", NO_DRIVERS)
    assert books.page("en", "media-jam", Condition.JAM).operator == "Pull it out."
    assert books.page("en", "laminator-jam", Condition.JAM).operator == shipped.operator
    file.write_text('[reason."laminator-j*"]\noperator = "Wait."\n[reason.laminator-jam]\ncall = "Call Room 2."\n')
    page = locales.read(tmp_path / "locale", NO_DRIVERS).page("en", "laminator-jam", Condition.JAM)
    assert (page.operator, page.call) == (shipped.operator, "Call Room 2.")


def test_a_driver_of_the_site_brings_its_own_pages(tmp_path: Path) -> None:
    """They hold for its machines only."""
    shipped = Path(str(catalog.load().driver("escpos").folder))
    folder = tmp_path / "drivers" / "escpos"
    folder.mkdir(parents=True)
    (folder / "driver.toml").write_text((shipped / "driver.toml").read_text("utf-8"), "utf-8")
    (folder / "playbook.en.toml").write_text('[reason.media-jam]\ntitle = "slip jam"\n', "utf-8")
    books = locales.read(tmp_path / "locale", catalog.load(tmp_path / "drivers"))
    assert books.page("en", "media-jam", Condition.JAM, "escpos").title == "slip jam"
    assert books.page("en", "media-jam", Condition.JAM, "hp_pjl").title == "document jam"
    (folder / "playbook.en.toml").write_text('[reason.media-jamm]\ntitle = "slip jam"\n[words]\na = "b"\n', "utf-8")
    assert faults(tmp_path, catalog.load(tmp_path / "drivers")) == [
        'drivers/escpos/playbook.en.toml:1: reason.media-jamm: "media-jamm" is no reason; did you mean "media-jam"?',
        f"drivers/escpos/playbook.en.toml:3: {NO_WORDS}",
    ]


def test_a_language_more_falls_back_on_english(tmp_path: Path) -> None:
    """A site that begins to translate reads English where it has not got to yet."""
    write(
        tmp_path,
        "fr.toml",
        'language = { name = "Français", direction = "ltr" }\n[condition.jam]\ntitle = "bourrage"\n',
    )
    books = locales.read(tmp_path / "locale", NO_DRIVERS)
    assert books.languages[0] == "en"
    assert "fr" in books.languages
    assert (books.name("fr"), books.direction("fr")) == ("Français", Direction.LEFT_TO_RIGHT)
    page = books.page("fr", None, Condition.JAM)
    assert page.title == "bourrage"
    assert page.call == books.page("en", None, Condition.JAM).call


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    """All at once, each with what is allowed instead."""
    write(
        tmp_path,
        "en.toml",
        """
[condition.jamm]
title = "x"
[condition.jam]
titel = "x"
[condition.paused]
title = ""
[reason."*-jamb"]
call = 7
[reason.media-jam]
meaning = "turned \u202e round"
[parts]
"supply-*" = "supply"
"supply-2" = "{number}"
"feeder" = "{"
""",
    )
    write(tmp_path, "EN.toml", "")
    write(tmp_path, "de.toml", "reviewed = true\n")
    write(tmp_path, "it.toml", "reviewed = \n")
    assert faults(tmp_path) == [
        "locale/EN.toml:1: is named for no language; a name is en.toml or pt-BR.toml",
        'locale/de.toml:1: language: is missing: { name = "Français", direction = "ltr" }',
        'locale/en.toml:2: condition.jamm: "jamm" is not allowed; did you mean "jam"?',
        'locale/en.toml:5: condition.jam.titel: unknown key "titel"; did you mean "title"?',
        "locale/en.toml:7: condition.paused.title: must have at least 1 characters",
        'locale/en.toml:8: reason.*-jamb: no reason is like "*-jamb"',
        "locale/en.toml:9: reason.*-jamb.call: must be text in quotes",
        "locale/en.toml:11: reason.media-jam.meaning: holds a character that nobody sees: U+202E",
        "locale/en.toml:13: parts.supply-*: must hold {number}, and nothing else in braces",
        "locale/en.toml:14: parts.supply-2: must hold nothing in braces",
        "locale/en.toml:15: parts.feeder: a brace has no partner; names stand in braces: {machine}",
        'locale/it.toml:1: not valid TOML: Invalid value; text stands in quotes: key = "text"',
    ]


def test_sentences_have_the_names_in_braces_that_english_has(tmp_path: Path) -> None:
    """One that asks for what nobody gives would fail at the moment of need."""
    write(tmp_path, "en.toml", '[words]\nnonsense = "x"\n')
    assert faults(tmp_path)[0].startswith('locale/en.toml:2: words.nonsense: there is no sentence "nonsense"')


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Not UTF-8, too large, or a folder where a file is expected."""
    write(tmp_path, "en.toml", "").write_bytes(b'[parts]\nx = "\xff"\n')
    write(tmp_path, "de.toml", "#" * (1 << 20) + "\n")
    (tmp_path / "locale" / "fr.toml").mkdir()
    assert faults(tmp_path) == [
        "locale/de.toml:1: is larger than 1 MiB",
        "locale/en.toml:2: is not UTF-8 text; save the file as UTF-8",
        "locale/fr.toml:1: cannot be read: Is a directory: locale/fr.toml",
    ]


KEYS = st.sampled_from(
    [
        "reviewed",
        "language",
        "parts",
        "words",
        "condition",
        "reason",
        "anything",
        "jam",
        "media-jam",
        '"*-jam"',
        "title",
    ]
)
VALUES = st.sampled_from(['"x"', "1", "true", "[]", "{}", '{ title = "x" }', '"{"', '"{number}"', '"\\u202e"', '"'])
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, VALUES),
    st.builds("[{}]".format, KEYS),
    st.builds("[{}.{}]".format, KEYS, KEYS),
    st.text(max_size=8),
)


@given(st.lists(LINES, max_size=6))
def test_whatever_stands_in_a_file_it_is_read_or_refused_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    """Never another error, and never a page that lacks a field."""
    folder = tmp_path_factory.mktemp("site")
    write(folder, "ur.toml", "\n".join(lines))
    try:
        books = locales.read(folder / "locale", NO_DRIVERS)
    except SettingsError as error:
        told = str(error).replace(f"{folder}/", "").splitlines()
        assert [line for line in told if not re.match(r"locale/ur\.toml:[0-9]+: ", line)] == []
    else:
        page = books.page("ur", "media-jam", Condition.JAM)
        assert all((page.title, page.meaning, page.operator, page.call))
