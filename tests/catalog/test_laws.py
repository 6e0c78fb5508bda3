"""Laws that every shipped driver keeps, today's and tomorrow's."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import re2

from fleetmon import catalog
from fleetmon.catalog import Driver
from fleetmon.definition import Definition, LineDefinition
from fleetmon.definition.queries import allowed
from fleetmon.proof import prove, unmapped

SHIPPED = catalog.load()
FOLDERS = sorted(path.name for path in (Path(__file__).parents[2] / "drivers").iterdir() if path.is_dir())
HEADINGS = {"snmp": "Enabling SNMP", "serial": "Cabling", "modbus": "Cabling"}
CANNOT_TELL = {
    "escpos": {"processing"},  # on-line or off-line is all that DLE EOT tells
    "lapis_lamina": {"idle", "processing", "stopped"},  # reads its setting back, and that is all
}
"""The states for which a machine has no word; its page says so."""


@pytest.fixture(params=FOLDERS)
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each folder below drivers/."""
    return SHIPPED.driver(request.param)


def captures(driver: Driver) -> list[dict[str, Any]]:
    """The driver's captures, as they are written."""
    return [tomllib.loads(file.read_text("utf-8")) for file in driver.captures()]


def patterns(definition: Definition) -> Iterator[str]:
    """Every regular expression of a definition, wherever it stands."""
    yield from _patterns(definition.model_dump())


def _patterns(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from _patterns(inside, str(name))
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _patterns(inside, key)
    elif isinstance(value, str) and (key == "pattern" or key.endswith("sysdescr")):
        yield value


def test_every_folder_is_a_driver_that_loads() -> None:
    """Nothing is broken, nothing is left out, and each driver bears the name of its folder."""
    assert dict(SHIPPED.broken) == {}
    assert sorted(SHIPPED.drivers) == FOLDERS
    assert [SHIPPED.drivers[name].definition.name for name in FOLDERS] == FOLDERS


def test_every_driver_has_a_page(driver: Driver) -> None:
    """A heading, how to get the machine to answer, what is asked of it, and its quirks."""
    page = driver.readme()
    assert page.startswith("# ")
    for part in (HEADINGS[driver.definition.link], "What is asked", "Quirks"):
        assert part in page, part


def test_every_driver_proves_itself_idle_processing_and_stopped(driver: Driver) -> None:
    """At least one capture expects each state that it can tell, and a stopped one expects the fault that says why."""
    expected = [capture["expect"] for capture in captures(driver)]
    silent = CANNOT_TELL.get(driver.definition.name, set())
    assert {"idle", "processing", "stopped"} - {expect["state"] for expect in expected} == silent
    assert "stopped" in silent or any(expect["state"] == "stopped" and expect["faults"] for expect in expected)
    for word in silent:
        assert f"`{word}`" in driver.readme(), word


def test_every_capture_decodes_to_what_it_says(driver: Driver) -> None:
    """Word for word, and no code in it is without a meaning."""
    proofs = prove(driver)
    assert [(proof.file, proof.differences) for proof in proofs if proof.differences] == []
    assert unmapped(driver, proofs) == ()


def test_only_hardware_makes_a_driver_verified(driver: Driver) -> None:
    """Each capture says where it comes from; `verified` needs one of a real machine."""
    provenance = {capture["provenance"] for capture in captures(driver)}
    assert provenance <= {"hardware", "manual-example", "simulated"}
    assert driver.definition.maturity != "verified" or "hardware" in provenance


def test_no_two_captures_show_the_same_situation(driver: Driver) -> None:
    """Each says in words of its own what it shows."""
    situations = Counter(capture["situation"] for capture in captures(driver))
    assert [situation for situation, count in situations.items() if count > 1] == []


def test_every_code_has_a_reason_or_says_why_it_has_none(driver: Driver) -> None:
    """A code that means nothing on purpose says so in its text or names its place in the manual."""
    silent = [
        f"{each.rule} {each.code}"
        for each in driver.definition.mapped()
        if each.meaning.reason is None and not (each.meaning.text or each.meaning.manual)
    ]
    assert silent == []


def test_every_code_of_a_line_names_its_place_in_the_manual(driver: Driver) -> None:
    """Byte and Modbus tables are typed from documents: each line says where it was read."""
    if driver.definition.link != "snmp":
        unsourced = [f"{each.rule} {each.code}" for each in driver.definition.mapped() if not each.meaning.manual]
        assert unsourced == []


def test_a_code_means_one_thing(driver: Driver) -> None:
    """As it stands in a fault's codes it belongs to one rule only, so that whoever looks it up finds one meaning."""
    if driver.definition.link != "snmp":
        codes = Counter(each.code for each in driver.definition.mapped())
        assert [code for code, count in codes.items() if count > 1] == []


def test_what_is_asked_on_a_line_is_listed_and_used(driver: Driver) -> None:
    """No shipped driver needs the exception of `read_only`, and none asks for what no rule takes; only a password is
    named without being taken, so that recordings hide it."""
    definition = driver.definition
    if not isinstance(definition, LineDefinition):
        return
    for name, exchange in definition.read.items():
        assert exchange.read_only is None, name
        assert allowed(definition.protocol, exchange.ask, definition.line.request_end), name
        assert exchange.names & definition.taken_fields, name
    assert {name for each in definition.read.values() for name in each.names} <= {*definition.taken_fields, "password"}


def test_every_pattern_runs_in_re2_and_none_takes_everything(driver: Driver) -> None:
    """Compiled by the engine that will run them; one that matches the empty text would match any machine."""
    for pattern in patterns(driver.definition):
        assert re2.compile(pattern).search("") is None, pattern


def test_no_branch_of_sysobjectid_is_claimed_twice() -> None:
    """One driver a branch, and no driver names one twice; a longer branch below another's is a refinement."""
    claims = Counter(claim for definition in SHIPPED.recognisable for claim in definition.match.sysobjectid)
    assert [claim for claim, count in claims.items() if count > 1] == []


def test_no_driver_claims_what_it_excludes() -> None:
    """What is named as another kind of device is not claimed by the same driver, branch for branch."""
    for definition in SHIPPED.recognisable:
        assert not set(definition.match.sysobjectid) & set(definition.match.unless_sysobjectid), definition.name


def test_only_one_driver_takes_whatever_speaks_the_printer_mib() -> None:
    """Two general drivers would be a matter of the alphabet."""
    assert [definition.name for definition in SHIPPED.recognisable if definition.match.printer_mib] == ["snmp_printer"]


def test_no_definition_names_anything_to_write(root: Path) -> None:
    """A definition reads. No key of any of them speaks of setting, sending or resetting."""
    words = re.compile(r"^\s*(?!set_point\b)(set|write|send|reset|clear|command|community)\w*\s*=", re.MULTILINE)
    for name in FOLDERS:
        text = (root / "drivers" / name / "driver.toml").read_text("utf-8")
        assert words.findall(text) == [], name
