"""What pydantic finds wrong is told in the file's terms, for settings and driver definitions alike."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fleetmon import toml_lines
from fleetmon.definition import SnmpDefinition
from fleetmon.toml_problems import did_you_mean, problems


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Cat(Strict):
    type: Literal["cat"]
    lives: int


class Dog(Strict):
    type: Literal["dog"]
    tail: Colour


class Zoo(Strict):
    first: Annotated[Cat | Dog, Field(discriminator="type")] | None = None
    either: Colour | Literal["none"] = "none"
    animals: dict[str, list[Cat]] = {}
    number: float = Field(0, allow_inf_nan=False, multiple_of=0.5)
    letters: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")] = "aa"
    few: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]


def told(text: str, model: type[BaseModel] = Zoo) -> list[str]:
    document = toml_lines.load(text, "zoo.toml")
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document.data)
    return [
        str(each)
        for each in problems(caught.value, model, document.data, lambda path: (document.file, document.line_of(path)))
    ]


def test_members_of_a_union_are_not_part_of_the_key() -> None:
    """Pydantic names the member it tried; people wrote no such key. The keys allowed are the member's own."""
    assert told('[first]\ntype = "dog"\ntial = "red"') == [
        "zoo.toml:1: first.tail: is missing",
        'zoo.toml:3: first.tial: unknown key "tial"; did you mean "tail"?',
    ]


def test_each_member_of_a_union_says_what_it_would_take() -> None:
    """Where a word fits none of several lists, each list is shown."""
    assert told('either = "gren"') == [
        'zoo.toml:1: either: "gren" is not allowed; did you mean "green"?',
        'zoo.toml:1: either: "gren" is not allowed; allowed here: none',
    ]


def test_tables_in_lists_in_tables_are_found() -> None:
    """The keys allowed deep inside are those of the model there."""
    assert told('[[animals.felix]]\ntype = "cat"\nlives = 9\n[[animals.felix]]\ntype = "cat"\nlivs = "x"') == [
        "zoo.toml:4: animals.felix.lives: is missing",
        'zoo.toml:6: animals.felix.livs: unknown key "livs"; did you mean "lives"?',
    ]


def test_limits_are_told_in_plain_words() -> None:
    """What has no words of ours has pydantic's."""
    assert told('number = 0.3\nletters = "a"\nfew = []') == [
        "zoo.toml:1: number: Input should be a multiple of 0.5",
        "zoo.toml:2: letters: must have at least 2 characters",
        "zoo.toml:3: few: needs at least 1 of them",
    ]
    assert told('letters = "abcd"\nfew = [1,\n2, 3]') == [
        "zoo.toml:1: letters: must have at most 3 characters",
        "zoo.toml:2: few: may hold at most 2 of them",
    ]
    assert told('letters = "AB"') == ["zoo.toml:1: letters: must match ^[a-z]+$"]


def test_a_driver_definition_is_told_the_same_way() -> None:
    """The definition language is another model under the same words."""
    found = told('nme = "x"\ntitle = "X"\n[match]\nprinter_mb = true\n', SnmpDefinition)
    assert 'zoo.toml:1: nme: unknown key "nme"; did you mean "name"?' in found
    assert 'zoo.toml:4: match.printer_mb: unknown key "printer_mb"; did you mean "printer_mib"?' in found


@pytest.mark.parametrize(
    ("word", "allowed", "hint"),
    [
        ("printr", ["printer", "laminator"], '; did you mean "printer"?'),
        ("aes", ["des", "aes128", "aes192"], '; did you mean "aes128"?'),
        ("zzz", ["printer", "laminator"], "; allowed here: printer, laminator"),
        ("", ["printer", "laminator"], "; allowed here: printer, laminator"),
        ("zzz", [], ""),
        ("zzz", [f"printer-{number}" for number in range(100)], ""),
    ],
)
def test_a_hint_is_a_near_word_or_a_short_list(word: str, allowed: list[str], hint: str) -> None:
    """A hundred words are no hint."""
    assert did_you_mean(word, allowed) == hint
