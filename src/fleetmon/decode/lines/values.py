"""The `values` rules of a definition: how a field is to be read before anybody asks what it means."""

from collections.abc import Mapping

from fleetmon.decode.lines.placed import Fields, Unreadable, Value, number, scaled, written
from fleetmon.definition import compiled
from fleetmon.definition.meanings import ValueRule


def valued(rules: Mapping[str, ValueRule], fields: Fields) -> dict[str, Value]:
    """The fields with what the rules make of them, in the order of the definition; what is absent is left out."""
    known = dict(fields)
    for name, rule in rules.items():
        made = read(_joined(rule, known) if rule.join else known.get(rule.source or name), rule)
        if made is None:
            known.pop(name, None)
        else:
            known[name] = made
    return known


def root(rules: Mapping[str, ValueRule], name: str) -> str:
    """The field that is read, of which the rules make this one."""
    for made in reversed(tuple(rules)):
        if made == name:
            name = rules[made].sources(name)[0]
    return name


def _joined(rule: ValueRule, fields: Fields) -> str | None:
    known = [written(fields[each]) for each in rule.join if each in fields]
    return ",".join(known) if known else None


def read(value: Value | None, rule: ValueRule) -> Value | None:
    """What a rule makes of one value; None if that is nothing that can be known, Unreadable if it should be a number
    and is none."""
    part = _part(value, rule)
    if part is None or isinstance(part, Unreadable):
        return part
    made, said = _made(part, rule), written(part).strip()
    return Unreadable(said) if made is None and said else made


def _part(value: Value | None, rule: ValueRule) -> Value | None:
    """The part that is meant, None if there is none or it means that nothing is known."""
    if value is None or written(value).strip() in rule.absent:
        return None
    if rule.pattern is None or isinstance(value, Unreadable):
        return value
    match = compiled(rule.pattern).search(written(value))
    found: str | None = match.group("value") if match else None
    return None if found is None or found.strip() in rule.absent else found


def _made(part: Value, rule: ValueRule) -> Value | None:
    """First its digits, then its bits, then its unit."""
    found: Value | None = part
    if rule.base is not None and isinstance(found, str):
        found = number(found, rule.base)
    if rule.mask is not None:
        found = _masked(found, int(rule.mask, 16))
    if rule.scale == 1.0 and rule.offset == 0.0:
        return found
    word = number(found)
    return None if word is None else scaled(word, rule.scale, rule.offset)


def _masked(value: Value | None, mask: int) -> int | None:
    word = number(value)
    if not isinstance(word, int) or word < 0:
        return None
    return (word & mask) >> ((mask & -mask).bit_length() - 1)
