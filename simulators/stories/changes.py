"""Laying one TOML over another: what a scenario says of an office takes the place of what the office says itself.

There is no list of things a scenario may change. It may change every key of an office, under the office's own names,
and the office's own reader judges the outcome; so the two formats cannot drift apart.
"""

from collections.abc import Mapping

_NAME = "name"


def laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """`below` with the keys of `above` in place of its own.

    Tables are laid over each other key by key. Lists of tables too, where their entries have a `name`: those of the
    same name are laid over each other, new ones come last. Any other list is replaced as a whole.
    """
    return dict(below) | {key: _one(below.get(key), value) for key, value in above.items()}


def _one(old: object, new: object) -> object:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return laid_over(old, new)
    old_entries, new_entries = _by_name(old), _by_name(new)
    if old_entries and new_entries:
        return list(laid_over(old_entries, new_entries).values())
    return new


def _by_name(value: object) -> dict[str, object]:
    """The entries of a list of tables by their names; nothing unless each of them has one."""
    if not isinstance(value, list):
        return {}
    named: dict[str, object] = {str(each[_NAME]): each for each in value if isinstance(each, Mapping) and _NAME in each}
    return named if len(named) == len(value) else {}
