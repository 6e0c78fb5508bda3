"""Pages are found by the nearest text, field by field."""

import pytest

from fleetmon.model.alerts import Condition
from fleetmon.playbooks import shipped


@pytest.mark.parametrize("condition", Condition)
def test_every_condition_has_a_page_in_every_shipped_language(condition: Condition) -> None:
    """Whatever a machine says, somebody who must act finds what it means and whom to call."""
    for language in shipped().languages:
        page = shipped().page(language, None, condition)
        assert all((page.title, page.meaning, page.operator, page.call))
