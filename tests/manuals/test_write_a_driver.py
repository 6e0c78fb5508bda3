"""docs/write-a-driver.md is true: its commands print what it shows, its files do what it says, its examples load."""

import re
from pathlib import Path

import pytest
from tests.manuals import worked
from tests.manuals.peers.serving import on_a_pty
from tests.manuals.peers.tollmar import Tollmar

from fleetmon import catalog, proof, vocabulary
from fleetmon.model.words import Severity

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "write-a-driver.md"
TEXT = DOCUMENT.read_text("utf-8")
SECTION = TEXT.partition("## Which reason")[2].partition("\n## ")[0]
STEPS = tuple(worked.steps(TEXT))
EXAMPLES = [step for step in STEPS if step.kind in ("serial", "modbus", "snmp")]
HEAD = 'name = "example"\ntitle = "An example"\nkind = "laminator"\nmaturity = "experimental"\nlink = "{link}"\n'


def test_the_worked_example_does_what_the_document_shows(tmp_path: Path) -> None:
    """Every command, in the order of the document, prints what stands below it; no command harms the machine."""
    machine = Tollmar()
    with on_a_pty(machine) as port:
        for step in STEPS:
            if step.kind == "file":
                file = tmp_path / step.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(step.text.replace(worked.PORT, port))
            elif step.kind == "run":
                for command, shown in worked.calls(step.text):
                    printed = worked.run(command, tmp_path, port)
                    assert worked.fits(shown, printed), f"{command}\n" + "\n".join(printed)
            elif step.kind == "shows":
                assert (tmp_path / step.name).read_text() == step.text
                check(tmp_path)
    assert not machine.harmed


def check(folder: Path) -> None:
    """What the document asks for once each word of the captures has been compared."""
    for file in folder.glob("*/captures/*.toml"):
        kept = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("# Not checked yet")]
        file.write_text("".join(kept))


@pytest.mark.parametrize("step", EXAMPLES, ids=[f"{step.kind} {nr}" for nr, step in enumerate(EXAMPLES)])
def test_every_example_of_the_language_loads(step: worked.Step, tmp_path: Path) -> None:
    """Each marked example is a driver when it has a head."""
    folder = tmp_path / "example"
    folder.mkdir()
    (folder / "driver.toml").write_text(HEAD.format(link=step.kind) + step.text)
    assert catalog.read(folder).definition.link == step.kind


@pytest.mark.parametrize(
    "step", [step for step in STEPS if step.kind == "capture"], ids=["frames", "registers", "walk"]
)
def test_every_capture_of_the_document_can_be_decoded(step: worked.Step, tmp_path: Path) -> None:
    """A capture that is shown tells of a stop when the example of its line decodes it."""
    example = next(each for each in EXAMPLES if all(word in each.text for word in OF_CAPTURE[_form(step.text)]))
    (tmp_path / "example" / "captures").mkdir(parents=True)
    (tmp_path / "example" / "driver.toml").write_text(HEAD.format(link=example.kind) + example.text)
    (tmp_path / "example" / "captures" / "it.toml").write_text(step.text)
    (told,) = proof.prove(catalog.read(tmp_path / "example"))
    assert told.decoded["kind"] == "laminator"
    assert "why" not in told.decoded


OF_CAPTURE = {"exchanges": ("{unit}RD1",), "registers": ("tape", "discrete"), "walk": ("fault_tables",)}


def _form(capture: str) -> str:
    return next(form for form in OF_CAPTURE if re.search(rf"^\[?{form}\b", capture, re.MULTILINE))


def test_the_reasons_that_the_document_recommends_exist() -> None:
    """Every word of its table is in the vocabulary, and each severity is one."""
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+) \| ([^|]+) \|$", SECTION, re.MULTILINE)
    assert len(rows) > 15
    for words, severity in rows:
        for group, grave in zip(words.split("; "), severity.split("; ") * 9, strict=False):
            for word in re.findall(r"`([^`]+)`", group):
                assert vocabulary.is_reason(word), word
                assert grave in {each.value for each in Severity}


def test_three_dots_stand_for_what_differs() -> None:
    """A document shows what matters, and nothing else may differ."""
    assert worked.fits(["a", "...", "d 1"], ["a", "b", "c", "d 1"])
    assert worked.fits(["19 octets in 1 ms"], ["19 octets in 12 ms"])
    assert not worked.fits(["a", "d"], ["a", "b"])
    assert not worked.fits(["a", "..."], ["b"])
