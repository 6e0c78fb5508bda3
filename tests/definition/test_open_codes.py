"""Codes with `?` and `*`: which key stands for a code must not depend on anything but the table."""

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fleetmon.definition.codes import fitting, weight
from fleetmon.definition.meanings import StateRule

WORDS = ["".join(signs) for length in range(7) for signs in product("ab", repeat=length)]
PATTERNS = st.text("ab?*", min_size=1, max_size=4).filter(lambda text: not text.isalpha())


@given(PATTERNS, PATTERNS)
def test_a_table_is_refused_exactly_where_two_keys_want_the_same_code(one: str, other: str) -> None:
    """Two keys that leave as much open are refused if some code fits both, and only then."""
    codes = dict.fromkeys((one, other), "idle")
    both = one != other and weight(one) == weight(other)
    if both and any(fnmatchcase(word, one) and fnmatchcase(word, other) for word in WORDS):
        with pytest.raises(ValidationError, match="can both fit one code"):
            StateRule.model_validate({"codes": codes})
    else:
        StateRule.model_validate({"codes": codes})


@given(st.text("ab", max_size=4), st.sets(PATTERNS, max_size=4))
def test_the_most_exact_key_stands_for_a_code(code: str, patterns: set[str]) -> None:
    """Itself before all; of the patterns that fit, one that leaves least open; the same in a table and in a set."""
    keys = {*patterns, "aa"}
    fits = {key for key in keys if fnmatchcase(code, key)}
    found = fitting(code, keys)
    assert found == "aa" if code == "aa" else (found in fits if fits else found is None)
    assert found is None or found == code or weight(found) == min(map(weight, fits))
