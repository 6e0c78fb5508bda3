"""docs/settings.md says what the models say."""

from pathlib import Path

from pydantic import BaseModel

from fleetmon.settings import Settings, page
from fleetmon.settings.values import Table


def test_the_page_is_what_the_models_say(root: Path) -> None:
    """The committed page equals the generated one: `python -m fleetmon.settings.page > docs/settings.md`."""
    assert (root / "docs" / "settings.md").read_text() == page.render()


def test_every_table_and_every_key_stands_on_the_page() -> None:
    """No model is out of reach of the page, and each opens with a heading of its own."""
    models: set[type[BaseModel]] = set(Table.__subclasses__()) - {Settings}
    reached = list(page.tables(Settings))
    assert set(reached) == models
    assert len(reached) == len(models)
    text = page.render()
    for model in models:
        heading = (model.__doc__ or "").partition(": ")[0]
        assert heading.startswith("`["), model
        assert f"## {heading}\n" in text
        for name, field in model.model_fields.items():
            assert f"| `{field.alias or name}` |" in text
            assert field.description, f"{model.__name__}.{name} has no meaning for people"


def test_every_default_on_the_page_is_written_as_it_may_be_written_in_the_file() -> None:
    """Reading a default's text back gives the default."""
    written = [
        (mark, field.default)
        for model in page.tables(Settings)
        for field in model.model_fields.values()
        for mark in field.metadata
        if hasattr(mark, "write") and not field.is_required()
    ]
    assert len(written) > 10
    for mark, default in written:
        read = mark.read(mark.write(default))
        assert read == (list(default) if isinstance(read, list) else default)
