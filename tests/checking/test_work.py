"""The file of the issuing system is looked at before the daemon does."""

import os
from pathlib import Path

from tests.assess.timeline import at

from fleetmon import settings
from fleetmon.checking.finding import Weight
from fleetmon.checking.work import work

HEAD = '[site]\nid = "lab"\n[mqtt]\nurl = "mqtt://127.0.0.1:9"\n'
MACHINE = '[[machine]]\nid = "{0}"\nsource = "snmp://127.0.0.1:9"\n[[line]]\nid = "line{0}"\nstages = [["{0}"]]\n'
NOW = at(0)


def found(folder: Path, file: Path, content: bytes | None = None, lines: str = "1") -> list[tuple[Weight, str]]:
    """What is said of a file, but for whether the service could see its folder."""
    (folder / "fleetmon.toml").write_text(
        f'{HEAD}[work]\nfile = "{file}"\n' + "".join(MACHINE.format(line) for line in lines), encoding="utf-8"
    )
    if content is not None:
        file.write_bytes(content)
        os.utime(file, (NOW.utc - 60, NOW.utc - 60))
    said = list(work(settings.parse(folder / "fleetmon.toml"), NOW))
    assert {each.about for each in said} <= {f"work file {file}"}
    return [(each.weight, each.text) for each in said if "fleetmon.service" not in each.text]


def test_no_file_no_finding(tmp_path: Path) -> None:
    """Where the settings name none."""
    (tmp_path / "fleetmon.toml").write_text(HEAD, encoding="utf-8")
    assert list(work(settings.parse(tmp_path / "fleetmon.toml"), NOW)) == []


def test_each_word_in_it_is_told(tmp_path: Path) -> None:
    """For whom, how old, how long it will be believed; and what is wrong with the others."""
    content = b'[{"line": "line1", "waiting": 14}, {"line": "lane", "waiting": 1}]'
    assert found(tmp_path, tmp_path / "w.json", content) == [
        (Weight.NOTE, "14 wait for line:line1, written 60 s ago, believed for another 840 s"),
        (Weight.WARNING, "word 2 of 2: no line is called lane; lines here: line1"),
    ]


def test_a_word_on_a_site_of_several_lines_helps_none(tmp_path: Path) -> None:
    """It is said, with the cure; with one line it is as good."""
    file, content = tmp_path / "w.json", b'{"waiting": 14}'
    text = "14 wait for site:lab, written 60 s ago, believed for another 840 s"
    assert found(tmp_path, file, content) == [(Weight.NOTE, text)]
    assert found(tmp_path, file, content, "12") == [
        (Weight.WARNING, f'{text}; it names none of the 2 lines: "line" does')
    ]


def test_a_file_that_says_nothing_is_a_warning(tmp_path: Path) -> None:
    """Missing, half written, out of date: nothing that keeps the daemon from starting."""
    file = tmp_path / "w.json"
    assert found(tmp_path, file) == [(Weight.WARNING, "it cannot be read: No such file or directory")]
    assert found(tmp_path, file, b"{") == [(Weight.WARNING, "it is no JSON, or only half of it")]
    old = "by this computer's clock it is 60 s old, and it holds for 30 s"
    assert found(tmp_path, file, b'{"waiting": 1, "valid_for_s": 30}') == [(Weight.WARNING, old)]


def test_a_place_that_the_service_does_not_see_is_told(tmp_path: Path) -> None:
    """Root, who checks, would see it."""
    (tmp_path / "fleetmon.toml").write_text(f'{HEAD}[work]\nfile = "/var/tmp/waiting.json"\n', encoding="utf-8")
    hidden, missing = work(settings.parse(tmp_path / "fleetmon.toml"), NOW)
    assert hidden.weight is missing.weight is Weight.WARNING
    assert hidden.text.startswith("fleetmon.service has no access to /home,")
