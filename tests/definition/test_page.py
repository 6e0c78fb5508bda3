"""The page people read is the language that the code reads."""

from pathlib import Path

from fleetmon.definition import LineDefinition, ModbusDefinition, SnmpDefinition, page
from fleetmon.definition.page_words import SAID, SECTIONS
from fleetmon.definition.queries import PROTOCOLS

KINDS = (LineDefinition, ModbusDefinition, SnmpDefinition)


def test_the_committed_page_is_what_the_models_say(root: Path) -> None:
    """docs/driver-language.md equals the rendering: `python -m fleetmon.definition.page > docs/driver-language.md`."""
    assert (root / "docs" / "driver-language.md").read_text("utf-8") == page.render()


def test_every_table_that_a_definition_may_hold_has_a_section() -> None:
    """No model is out of reach of the page, but for the one that is written on one line."""
    shown = {section.model for section in SECTIONS}
    reached = {model for kind in KINDS for model in (kind, *page.tables(kind))}
    assert {model.__name__ for model in reached - shown} <= {"FixedBits"}


def test_every_key_stands_on_the_page() -> None:
    """Whoever looks for a key finds it, under the table that has it."""
    for kind in KINDS:
        told = {
            key for section in SECTIONS if section.model and issubclass(kind, section.model) for key in _keys(section)
        }
        assert {field.alias or name for name, field in kind.model_fields.items()} <= told


def _keys(section: page.Section) -> tuple[str, ...]:
    assert section.model is not None
    return section.keys or tuple(field.alias or name for name, field in section.model.model_fields.items())


def test_no_words_are_left_of_a_key_that_is_gone() -> None:
    """Each word of the page's dictionary is used."""
    models = {base for kind in KINDS for model in (kind, *page.tables(kind)) for base in model.__mro__}
    keys = {
        f"{model.__name__}.{field.alias or name}"
        for model in models
        for name, field in getattr(model, "model_fields", {}).items()
    }
    assert {said for said in SAID if "." in said} <= keys


def test_every_allow_list_stands_on_the_page() -> None:
    """What needs no page of a manual can be looked up."""
    text = page.render()
    assert all(f"| `{protocol}` |" in text for protocol in PROTOCOLS)
