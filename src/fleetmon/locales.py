"""The texts that a site and its drivers give beside the shipped ones, read and checked as strictly as the settings.

A site keeps `locale/LANG.toml` beside its settings file and says there what it knows better: whom to call, what a
machine is called here, a whole language more. A driver keeps `playbook.LANG.toml` in its folder: what its make of
machine wants done. A text that would not be found, because its key is mistyped, is refused: else somebody would learn
at night that the page they wrote is not the one that is shown.
"""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from fleetmon import playbooks, toml_lines
from fleetmon.catalog import Catalog
from fleetmon.errors import SettingsError, in_words
from fleetmon.playbooks import ENGLISH, Playbooks
from fleetmon.playbooks_file import LanguageTexts, Texts, word_faults
from fleetmon.toml_lines import Document
from fleetmon.toml_problems import Locate, problem, problems

_CODE = r"[a-z]{2,3}(?:-[A-Z]{2})?"
_LARGEST = 1 << 20

T = TypeVar("T", bound=Texts)


def read(folder: Path, drivers: Catalog) -> Playbooks:
    """The shipped texts with those of the drivers and of the site's folder, which need not exist. Raises SettingsError
    listing every problem."""
    books, faults = playbooks.shipped(), list[str]()
    for name, driver in drivers.drivers.items():
        for language, document in _documents(driver.folder, "playbook.", faults):
            if texts := _texts(document, Texts, faults):
                books = books.with_driver(name, language, texts)
    for language, document in _documents(folder, "", faults):
        if found := _texts(document, LanguageTexts, faults):
            faults += _misfits(found, document, language)
            books = books.with_site(language, found)
    if faults:
        raise SettingsError("\n".join(faults))
    return books


def _documents(folder: Traversable, begins: str, faults: list[str]) -> Iterator[tuple[str, Document]]:
    """(language, text) for every file of texts in a folder, by name."""
    try:
        inside = sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else []
    except OSError as error:
        faults.append(f"{folder}:1: cannot be read: {in_words(error)}")
        return
    for file in inside:
        if file.name.startswith(".") or not (file.name.startswith(begins) and file.name.endswith(".toml")):
            continue
        language = file.name.removeprefix(begins).removesuffix(".toml")
        if not re.fullmatch(_CODE, language):
            faults.append(f"{file}:1: is named for no language; a name is {begins}en.toml or {begins}pt-BR.toml")
            continue
        try:
            yield language, toml_lines.load(_read(file), str(file))
        except SettingsError as error:
            faults.append(str(error))


def _read(file: Traversable) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(f"{file}:1: cannot be read: {in_words(error)}") from None
    if len(content) > _LARGEST:
        raise SettingsError(f"{file}:1: is larger than {_LARGEST >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{file}:{line}: is not UTF-8 text; save the file as UTF-8") from None


def _texts(document: Document, model: type[T], faults: list[str]) -> T | None:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        faults += map(str, problems(error, model, document.data, _places(document)))
    return None


def _misfits(texts: LanguageTexts, document: Document, language: str) -> list[str]:
    """What is right in itself and does not go with what is shipped."""
    books, place = playbooks.shipped(), _places(document)
    found = [problem(place, ("words", key), why) for key, why in word_faults(texts.words, books.words(ENGLISH))]
    if texts.language is None and language not in books.languages:
        found.append(problem(place, ("language",), 'is missing: { name = "Français", direction = "ltr" }'))
    return [str(each) for each in sorted(found, key=lambda each: each.line)]


def _places(document: Document) -> Locate:
    return lambda path: (document.file, document.line_of(path))
