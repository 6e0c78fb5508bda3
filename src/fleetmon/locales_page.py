"""Renders docs/playbooks.md from the shipped texts, so that whoever reviews them reads what operators will read.

`python -m fleetmon.locales_page > docs/playbooks.md` writes it anew; a test keeps the committed page equal.
`python -m fleetmon.locales_page unreviewed` lists what nobody who speaks the language has read over yet, a line each.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from fleetmon import catalog, locales
from fleetmon.playbooks import ENGLISH, Playbooks
from fleetmon.playbooks_file import Direction, PageTexts, Texts

_OPENING = """# Playbooks

<!-- Generated: python -m fleetmon.locales_page > docs/playbooks.md -->

What people read when something is wrong: what it means, what an operator may safely do, and whom to call when. An alert
has these texts in every language ([consume.md](consume.md)); this page shows them all, to be read over and bettered.

Nobody is told to bypass an interlock, to reach into anything hot or to open a laser unit, and nothing that was part of
a document is ever thrown away: film, ribbon and spoilt documents are counted, recorded and locked away. Your own rules
come first; write them in (below).

## Your own texts

| file | holds for |
| --- | --- |
| `locale/LANG.toml` beside `fleetmon.toml` | the site |
| `playbook.LANG.toml` in a driver's folder | machines of that driver |

`LANG` is a language, `en`, `ur`, `pt-BR`. A file says only what it changes, field by field:

```toml
# /etc/fleetmon/locale/en.toml
[condition.jam]
call = "Call extension 12 after the second jam within an hour."

[reason.laminator-supply-empty]
operator = "Thread a new roll, off the hot rollers, as you were trained to. It is in cabinet 3; two people sign for it."

[parts]
supply-2 = "hologram foil"
```

A field is taken from the page of the reason, else from the families that take it (`*` stands for anything), the longest
pattern first, else from the condition, else from `[anything]`; of two as near, the site's comes before the driver's and
the driver's before the shipped one. So what you say of jams in general does not hide that a laminator is hot: whoever
knows better about that says so of `laminator-jam`. What a language lacks is English. A new language says in its file
what it is called and how it runs: `language = { name = "Français", direction = "ltr" }`. `[parts]` names parts of
machines (`supply-*` takes the number in `{number}`), and `[words]` holds the sentences of an alert, with the names in
braces that the English ones have; the shipped files are the example of all of it.

Texts are read with the settings, and refused with file, line and what is allowed if a key is mistyped or a text too
long: a title may take 120 octets in UTF-8, `meaning` 480, `operator` 640 (its first sentence stands alone in the line
that is sent), `call` 320, a sentence 300.

"""


def render(books: Playbooks) -> str:
    """The whole page."""
    return _OPENING + "".join([*_languages(books), *_pages(books)])


def unreviewed(books: Playbooks) -> Iterator[tuple[str, str]]:
    """(language, page) for everything shipped that nobody has reviewed; pages by name, a driver's with its name."""
    for language in books.languages:
        for name, texts, page in _shown(books, language):
            if not (texts.reviewed if page.reviewed is None else page.reviewed):
                yield language, name


def _shown(books: Playbooks, language: str) -> Iterator[tuple[str, Texts, PageTexts]]:
    """Every page of a language: its name, the file it stands in, the page."""
    if language in books.own:
        yield from _of_file(books.own[language], "")
    for driver in sorted(books.drivers):
        if language in books.drivers[driver]:
            yield from _of_file(books.drivers[driver][language], f" of driver {driver}")


def _of_file(texts: Texts, whose: str) -> Iterator[tuple[str, Texts, PageTexts]]:
    named: dict[str, PageTexts] = {f"condition {key}": page for key, page in texts.condition.items()} | texts.reason
    if texts.anything.model_fields_set:
        named["anything"] = texts.anything
    for name, page in named.items():
        yield f"{name}{whose}", texts, page


def _languages(books: Playbooks) -> Iterator[str]:
    waiting = [language for language, _ in unreviewed(books)]
    yield "## Languages\n\n| code | language | written | pages | not reviewed yet |\n| --- | --- | --- | --- | --- |\n"
    for each in books.languages:
        written = "right to left" if books.direction(each) is Direction.RIGHT_TO_LEFT else "left to right"
        count = len(list(_shown(books, each)))
        yield f"| `{each}` | {books.name(each)} | {written} | {count} | {waiting.count(each) or 'none'} |\n"
    yield (
        "\nEnglish is the original. A page of a translation is reviewed when somebody who speaks the language and\n"
        "knows the machines has read it over and written `reviewed = true` in it; until then each alert that shows it\n"
        "says that it is not. Not reviewed yet:\n"
    )
    for each in books.languages:
        names = [name for language, name in unreviewed(books) if language == each]
        everything = len(names) == len(list(_shown(books, each)))
        if names:
            listed = (
                "every page, and the sentences around them" if everything else ", ".join(f"`{name}`" for name in names)
            )
            yield f"\n- {books.name(each)}: {listed}\n"
    yield "\n"


def _pages(books: Playbooks) -> Iterator[str]:
    translated = {
        language: {name: page for name, _, page in _shown(books, language)}
        for language in books.languages
        if language != ENGLISH
    }
    yield "## Pages\n\nA field that a page leaves out comes from the next one, as said above.\n"
    for name, _, page in _shown(books, ENGLISH):
        yield f"\n### {_heading(name)}\n\n{_body(page, _ENGLISH_LABELS)}\n"
        for language, pages in translated.items():
            if name in pages:
                direction = books.direction(language)
                yield f'\n<div lang="{language}" dir="{direction}">\n\n{_body(pages[name], _PLAIN_LABELS)}\n\n</div>\n'


_ENGLISH_LABELS = {"meaning": "", "operator": "*Operator:* ", "call": "*Call:* "}
_PLAIN_LABELS = dict.fromkeys(_ENGLISH_LABELS, "")


def _heading(name: str) -> str:
    kind, space, rest = name.partition(" ")
    return name if kind in ("condition", "anything") else f"`{kind}`{space}{rest}"


def _body(page: PageTexts, labels: Mapping[str, str]) -> str:
    said = [f"**{page.title}**"] if page.title else []
    said += [f"{label}{text}" for field, label in labels.items() if (text := getattr(page, field))]
    return "\n\n".join(said)


def main(asked: list[str]) -> None:
    """The page, or with `unreviewed` what nobody has reviewed."""
    books = locales.read(Path("no such folder"), catalog.load())
    if asked == ["unreviewed"]:
        sys.stdout.write("".join(f"{language} {name}\n" for language, name in unreviewed(books)))
    else:
        sys.stdout.write(render(books))


if __name__ == "__main__":
    main(sys.argv[1:])
