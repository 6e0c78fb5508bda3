"""Builds what a site without internet installs: one archive with everything, for this Python and this kind of computer.

    python scripts/offline/bundle.py [--into DIST] [--extras demo]

The wheels come from wherever pip is told to look, and are taken only if their hash is in the lock file. pip itself
comes from this Python's own ensurepip, so that the site does not even need the package python3-venv.
"""

import argparse
import gzip
import hashlib
import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r'__version__ = "([^"]+)"', (ROOT / "src/fleetmon/__init__.py").read_text())
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
LONG_AGO = 1577836800  # 2020-01-01: when a file was made says nothing about what is in it
# what lies beside the wheels, and where it comes from
BESIDE = {
    "install.sh": "scripts/offline/install.sh",
    "README.md": "docs/install.md",
    "LICENSE": "LICENSE",
    "CHANGELOG.md": "CHANGELOG.md",
    "config": "config",
    "systemd": "systemd",
}


class Refused(Exception):
    """The bundle cannot be built; the text says why."""


def locked(lock: Path) -> dict[str, set[str]]:
    """What a lock file holds: `name==version`, and the hashes each may have."""
    found: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in lock.read_text().splitlines():
        if pin := re.match(r"([\w.-]+==[^\s;\\]+)", line):
            current = found.setdefault(pin[1], set())
        current.update(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def run(*command: str | Path) -> None:
    """Run a tool; what it says is shown only if it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"{' '.join(map(str, command[1:4]))} failed:\n{done.stdout}{done.stderr}")


def own_wheel(folder: Path) -> Path:
    """fleetmon itself, built from the checkout."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    return next(folder.glob("fleetmon-*.whl"))


def fetch(wheel: Path, extras: str, folder: Path) -> None:
    """Everything `wheel` needs, into `folder`, in the versions of the lock file. Raises Refused for a foreign file."""
    pins = locked(ROOT / "requirements" / ("dev.lock" if extras else "run.lock"))
    constraints = folder / "constraints"
    constraints.write_text("\n".join(pins))
    wanted = f"fleetmon{f'[{extras}]' if extras else ''} @ {wheel.as_uri()}"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download")
    run(*pip, "--only-binary", ":all:", "--dest", folder, "--constraint", constraints, wanted)
    constraints.unlink()
    trusted = set().union(*pins.values()) | {digest(wheel)}
    if foreign := [file.name for file in sorted(folder.iterdir()) if digest(file) not in trusted]:
        raise Refused(f"not the files the lock file knows: {', '.join(foreign)}")


def requirements(folder: Path) -> str:
    """The wheels of a folder as requirements with their hashes: exactly these files are installed."""
    lines = []
    for file in sorted(folder.glob("*.whl")):
        name, version = file.name.split("-")[:2]
        lines.append(f"{name.replace('_', '-')}=={version} --hash=sha256:{digest(file)}")
    return "\n".join([*lines, ""])


def bundled_pip(folder: Path) -> None:
    """This Python's own pip, as a wheel that runs without being installed. Debian keeps it in a folder of its own."""
    places = [Path(str(files("ensurepip"))) / "_bundled", Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/nowhere")]
    found = [wheel for place in places for wheel in place.glob("pip-*.whl")]
    if not found:
        raise Refused(f"{sys.executable} has no pip of its own; on Debian: apt-get install python3-venv")
    shutil.copy(found[0], folder)


def fill(folder: Path, extras: str) -> None:
    """The whole content of the bundle."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        fetch(own_wheel(Path(scratch)), extras, wheels)
    (folder / "requirements.txt").write_text(requirements(wheels))
    (folder / "pip").mkdir()
    bundled_pip(folder / "pip")
    for name, origin in BESIDE.items():
        copy = shutil.copytree if (ROOT / origin).is_dir() else shutil.copy
        copy(ROOT / origin, folder / name)
    (folder / "BUILT-FOR").write_text(f"{sys.version_info.major}.{sys.version_info.minor} {machine()}\n")
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    (folder / "SHA256SUMS").write_text("".join(f"{digest(folder / name)}  {name}\n" for name in names))


def machine() -> str:
    """The kind of computer, as `uname -m` calls it."""
    return sysconfig.get_platform().partition("-")[2]


def pack(folder: Path, archive: Path) -> None:
    """Write the archive: the same content gives the same bytes, whoever packs it and when."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            info = tarfile.TarInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}")
            info.mtime, info.mode = LONG_AGO, 0o755 if file.suffix == ".sh" else 0o644
            content = file.read_bytes()
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def bundle(into: Path, extras: str = "") -> Path:
    """Build the archive. Raises Refused."""
    assert VERSION is not None
    into.mkdir(parents=True, exist_ok=True)
    name = "-".join(["fleetmon", VERSION[1], "offline", *filter(None, [extras]), TAG, sysconfig.get_platform()])
    archive = into / f"{name}.tar.gz"
    with tempfile.TemporaryDirectory() as scratch:
        fill(Path(scratch) / name, extras)
        pack(Path(scratch) / name, archive)
    return archive


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the archive that a site without internet installs.")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="the folder for the archive")
    parser.add_argument("--extras", default="", help="optional parts to put in as well: demo")
    wished = parser.parse_args()
    try:
        archive = bundle(wished.into, wished.extras)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    print(f"{archive} ({archive.stat().st_size / (1 << 20):.1f} MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
