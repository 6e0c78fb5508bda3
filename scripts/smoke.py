"""Is the installed wheel whole? Run by the Python it is installed in, from outside the checkout it was built from.

A wheel can be built without complaint and lack a folder: a pattern that no longer matches, a symbolic link that
vanishes. So what it holds is compared with what the checkout holds, file by file, and the program is started.

    python -I scripts/smoke.py CHECKOUT WHEEL
"""

import subprocess
import sys
import sysconfig
import zipfile
from importlib.resources import files
from pathlib import Path

# where a top-level folder of the checkout lies in the wheel
PLACES = {
    "src/fleetmon/": "fleetmon/",
    "drivers/": "fleetmon/drivers/",
    "simulators/": "fleetmon/simulators/",
    "config/": "fleetmon/config/",
    "systemd/": "fleetmon/systemd/",
}
# a module of the same name hides this folder from imports, and the installer reads it as files
READ_AS_FILES = {"systemd/"}
COMMANDS = (["--version"], ["--help"], ["drivers", "list"])


def expected(checkout: Path) -> set[str]:
    """The names in the wheel of every file of the checkout that ships: known to git, or new and not ignored."""
    listing = ["git", "-C", str(checkout), "ls-files", "--cached", "--others", "--exclude-standard"]
    paths = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines()
    present = (path for path in paths if (checkout / path).is_file())
    return {
        place + path.removeprefix(folder)
        for path in present
        for folder, place in PLACES.items()
        if path.startswith(folder)
    }


def wrong_contents(checkout: Path, wheel: Path) -> list[str]:
    """One line per file the wheel lacks or should not have."""
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = expected(checkout)
    return [f"not in the wheel: {name}" for name in sorted(wanted - held)] + [
        f"only in the wheel: {name}" for name in sorted(held - wanted)
    ]


def wrong_places(checkout: Path) -> list[str]:
    """One line per top-level folder that the installed package does not find, or finds in the checkout."""
    problems = []
    for folder in PLACES:
        if folder == "src/fleetmon/" or not (checkout / folder).is_dir():
            continue
        name = "fleetmon." + folder.rstrip("/")
        try:
            place = files("fleetmon").joinpath(folder) if folder in READ_AS_FILES else files(name)
            found = [entry for entry in place.iterdir() if Path(str(entry)).is_relative_to(sys.prefix)]
        except (ModuleNotFoundError, FileNotFoundError):
            found = []
        if not found:
            problems.append(f"importlib.resources finds nothing of its own in {name}")
    return problems


def wrong_starts() -> list[str]:
    """One line per command that the installed program does not carry out."""
    program = Path(sysconfig.get_path("scripts")) / "fleetmon"
    problems = []
    for command in COMMANDS:
        done = subprocess.run([program, *command], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0 or not done.stdout.strip():
            problems.append(f"fleetmon {' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return problems


def main() -> int:
    checkout, wheel = Path(sys.argv[1]), Path(sys.argv[2])
    problems = wrong_contents(checkout, wheel) + wrong_places(checkout) + wrong_starts()
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"{wheel.name} is whole and starts")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
