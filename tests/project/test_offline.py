"""The archive for sites without internet: built once, then installed as a stranger would, with no network at all."""

import hashlib
import os
import runpy
import shutil
import stat
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

Install = Callable[..., "subprocess.CompletedProcess[str]"]
_NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"
# the system's own, which a service can see as well, where it is the version of the tests' own
PYTHON = next(path for path in (Path("/usr/bin", _NAME), Path(sys.base_prefix, "bin", _NAME)) if path.exists())
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "PIP_NO_INDEX": "1"}
NOBODY = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def no_network() -> list[str]:
    """How to run a program in a network namespace that has nothing, not even loopback; [] where that is not allowed."""
    words = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    allowed = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if allowed and allowed.returncode == 0 else []


@pytest.fixture(scope="session")
def archive(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, built as `make offline` builds it."""
    into = tmp_path_factory.mktemp("dist")
    command = [sys.executable, root / "scripts" / "offline" / "bundle.py", "--into", into]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="session")
def original(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


@pytest.fixture
def unpacked(original: Path, tmp_path: Path) -> Path:
    """The archive, unpacked for one test, which may damage it."""
    return shutil.copytree(original, tmp_path / original.name)


@pytest.fixture
def install(unpacked: Path, tmp_path: Path) -> Install:
    """Run install.sh without systemd, environment and network; in `tmp_path / "here"` unless told otherwise."""

    def run(*options: str) -> "subprocess.CompletedProcess[str]":
        words = [*no_network(), unpacked / "install.sh", "--python", PYTHON, *options]
        if "--destdir" not in options:
            words += ["--no-systemd", "--prefix", tmp_path / "here"]
        return subprocess.run(words, env={**BARE, **NOBODY}, capture_output=True, text=True, check=False, cwd="/")

    return run


def said(program: Path, *words: str | Path) -> str:
    done = subprocess.run([program, *words], env=BARE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def test_it_installs_and_works_without_network(install: Install, tmp_path: Path) -> None:
    """From nothing to a program that knows its drivers and finds the example settings right; it holds exactly what the
    archive holds: the tests' own libraries and development tools stay out."""
    done = install()
    assert done.returncode == 0, done.stderr
    here = tmp_path / "here"
    program = here / "bin" / "fleetmon"
    last = f"{program} run --settings {here}/etc/fleetmon.toml --state {here}/state"
    assert done.stdout.splitlines()[-1].strip() == last, "what to type next is said to the end"
    assert said(program, "--version").startswith("fleetmon ")
    assert "zebra_snmp" in said(program, "drivers", "list")
    assert "right" in said(program, "check", "--settings", here / "etc" / "fleetmon.toml")
    assert (here / "etc" / "fleetmon.example.toml").is_file()
    listing = "import importlib.metadata as m; print(*{d.name for d in m.distributions()})"
    listed = said(program.resolve().with_name("python"), "-c", listing).split()
    wheels = {path.name.split("-")[0].lower() for path in tmp_path.glob("fleetmon-*/wheels/*.whl")}
    assert {name.lower().replace("-", "_") for name in listed} == wheels
    assert not wheels & {"pytest", "mypy", "ruff", "pysnmp", "iotcore"}


def changed(unpacked: Path, name: str, text: str) -> None:
    """Make another archive of it: one file differs, and the sums are right again."""
    (unpacked / name).write_text(text)
    kept = [line for line in (unpacked / "SHA256SUMS").read_text().splitlines() if not line.endswith(f"  {name}")]
    kept.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}")
    (unpacked / "SHA256SUMS").write_text("\n".join([*kept, ""]))


def test_an_upgrade_keeps_settings_and_the_version_before(install: Install, unpacked: Path, tmp_path: Path) -> None:
    """The new version takes over when it is complete, the one before stays to go back to, older ones go."""
    assert install("--upgrade").returncode == 1, "nothing to upgrade yet"
    assert install().returncode == 0
    here = tmp_path / "here"
    before = (here / "bin" / "fleetmon").readlink().parts[2]
    (here / "versions" / "0.0.1-older").mkdir()
    mine = here / "etc" / "fleetmon.toml"
    mine.write_text(mine.read_text() + "# mine\n")
    again = install()
    assert again.returncode == 0
    assert "Installing" not in again.stdout, "a complete installation is not done again"
    changed(unpacked, "CHANGELOG.md", "another version")
    assert install("--upgrade").returncode == 0
    in_use = (here / "bin" / "fleetmon").readlink().parts[2]
    assert {path.name for path in (here / "versions").iterdir()} == {before, in_use}
    assert before != in_use
    assert mine.read_text().endswith("# mine\n")


def test_it_is_done_again_where_it_was_cut_short_and_removed(install: Install, tmp_path: Path) -> None:
    """A power cut leaves nothing that looks complete. --uninstall leaves what people wrote, --purge nothing."""
    assert install().returncode == 0
    here = tmp_path / "here"
    program = here / "bin" / "fleetmon"
    version = program.resolve().parents[1]
    (version / ".complete").unlink()
    (version / "bin" / "fleetmon").unlink()
    assert install().returncode == 0
    assert said(program, "--version").startswith("fleetmon ")
    assert install("--uninstall").returncode == 0
    assert [path.name for path in here.iterdir()] == ["etc"]
    assert install("--uninstall").returncode == 1
    assert install("--uninstall", "--purge").returncode == 0
    assert not here.exists()
    assert install("--uninstall", "--purge").returncode == 1


@pytest.mark.parametrize("victim", ["wheels/fleetmon-*.whl", "systemd/fleetmon.service"])
def test_a_damaged_archive_is_refused(install: Install, unpacked: Path, tmp_path: Path, victim: str) -> None:
    """One byte more anywhere, and nothing is installed."""
    (file,) = unpacked.glob(victim)
    file.write_bytes(file.read_bytes() + b"x")
    done = install()
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("built_for", "complaint"),
    [("3.99 {machine}", "is for Python 3.99"), ("{python} pdp11", "is for pdp11, this computer is")],
)
def test_another_computer_is_told_apart(install: Install, unpacked: Path, built_for: str, complaint: str) -> None:
    """An archive for another Python or processor says so before it changes anything."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    machine = sysconfig.get_platform().partition("-")[2]
    changed(unpacked, "BUILT-FOR", built_for.format(python=python, machine=machine) + "\n")
    done = install()
    assert done.returncode == 1
    assert complaint in done.stderr


def test_what_is_missing_is_named(install: Install) -> None:
    """A Python that is not there, an option nobody knows, an unprivileged service: each says what to do."""
    assert "There is no python9" in install("--python", "python9").stderr
    assert "see --help" in install("--prefixx", "/x").stderr
    assert "--purge goes with --uninstall" in install("--purge").stderr
    assert "Usage" in install("--help").stdout


def test_an_image_is_filled(install: Install, tmp_path: Path) -> None:
    """Below --destdir stand program, unit, user and settings, and nothing names the folder they were laid in."""
    image = tmp_path / "image"
    done = install("--destdir", str(image), "--prefix", "/srv/fleetmon", "--settings", "/etc/fm")
    if PYTHON.resolve().is_relative_to("/home") or PYTHON.resolve().parts[1] == "root":
        assert "home directory, which the service cannot see" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    unit = (image / "usr/local/lib/systemd/system/fleetmon.service").read_text()
    assert "ExecStart=/srv/fleetmon/bin/fleetmon run --settings /etc/fm/fleetmon.toml" in unit
    assert stat.S_IMODE((image / "etc/fm/fleetmon.toml").stat().st_mode) == 0o640
    assert (image / "usr/local/lib/sysusers.d/fleetmon.conf").is_file()
    scripts = (image / "srv/fleetmon/bin/fleetmon").resolve().parent
    shebang = (scripts / "fleetmon").read_text().splitlines()[0]
    assert shebang == f"#!/srv/fleetmon/versions/{scripts.parent.name}/bin/python"
    assert str(image) not in "".join(path.read_text() for path in image.rglob("*.conf"))


def test_the_same_content_is_the_same_archive(root: Path, tmp_path: Path) -> None:
    """Whoever packs it, and when: people can compare the sums of two archives."""
    bundle = runpy.run_path(str(root / "scripts" / "offline" / "bundle.py"))
    folder = tmp_path / "fleetmon"
    (folder / "b").mkdir(parents=True)
    archives = []
    for number, names in enumerate((["b/c.sh", "a"], ["a", "b/c.sh"])):
        for name in names:
            (folder / name).write_text("x")
            os.utime(folder / name, (number, number))
        archives.append(tmp_path / str(number))
        bundle["pack"](folder, archives[-1])
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(archives[0]) as tar:
        assert [(each.name, each.mode) for each in tar] == [("fleetmon/a", 0o644), ("fleetmon/b/c.sh", 0o755)]


def test_a_wheel_that_no_lock_knows_is_refused(root: Path, tmp_path: Path) -> None:
    """Names, versions and hashes are read from the lock files as pip reads them."""
    bundle = runpy.run_path(str(root / "scripts" / "offline" / "bundle.py"))
    lock = tmp_path / "x.lock"
    lock.write_text(f"# by hand\na-b==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\nc==2\n")
    assert bundle["locked"](lock) == {"a-b==1.0": {"0" * 64, "1" * 64}, "c==2": set()}


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="there is no shellcheck here")
def test_the_installer_is_clean(root: Path) -> None:
    """shellcheck finds nothing in what runs as root at every site."""
    script = root / "scripts" / "offline" / "install.sh"
    done = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert done.stdout == ""
