"""The computer the daemon will run on: its clock, its folders and disk, its ports; nothing is left changed."""

import ctypes
import ctypes.util
import errno
import grp
import os
import pwd
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fleetmon.checking.finding import Finding, Weight
from fleetmon.model.address import Scheme
from fleetmon.settings import Listen, Settings

SERVICE_USER = "fleetmon"
_WRITTEN = 1_767_225_600  # 2026-01-01: no clock is right that shows less
_UNSYNCHRONISED = 5  # TIME_ERROR, ntp_gettime(3)


def running(state: Path) -> bool:
    """Whether a daemon holds this state folder, read from the list of locks (proc(5)) so as not to get in its way."""
    try:
        number = (state / "site.db.lock").stat().st_ino
        locks = Path("/proc/locks").read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return any(f":{number} " in line and "FLOCK" in line for line in locks.splitlines())


def clock(utc: float) -> Finding:
    """Whether this computer knows what time it is: every event carries it, and certificates are judged by it."""
    shown = datetime.fromtimestamp(utc, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if utc < _WRITTEN:
        return Finding(Weight.PROBLEM, "clock", f"it shows {shown}: set it (timedatectl set-time), or have NTP set it")
    room = ctypes.create_string_buffer(256)  # struct ntptimeval, whatever its size here
    ask = getattr(ctypes.CDLL(None), "ntp_gettime", None)
    if ask is not None and ask(room) == _UNSYNCHRONISED:
        text = f"{shown}, by itself: no time server sets it (timedatectl; systemd-timesyncd or chrony)"
        return Finding(Weight.WARNING, "clock", text)
    return Finding(Weight.OK, "clock", shown)


def folders(settings_file: Path, settings: Settings, state: Path) -> Iterator[Finding]:
    """The settings can be read and the state written, by the service's user where there is one."""
    user = _service_user()
    if user is not None and os.geteuid() == 0 and not _may(settings_file, user, os.R_OK):
        text = f"user {SERVICE_USER} cannot read it: chgrp {SERVICE_USER} {settings_file}; chmod 640 {settings_file}"
        yield Finding(Weight.PROBLEM, str(settings_file), text)
    if not state.is_dir():
        yield Finding(Weight.OK, str(state), "does not exist yet; systemd makes it, or fleetmon where it may")
        return
    if not _writable(state, user):
        yield Finding(Weight.PROBLEM, str(state), f"cannot be written: chown {SERVICE_USER} {state}")
        return
    free = shutil.disk_usage(state).free
    if free < settings.outbox.cap:
        text = f"{free >> 20} MiB are free, the outbox may want {settings.outbox.cap >> 20} ([outbox] cap)"
        yield Finding(Weight.WARNING, str(state), text)
    else:
        yield Finding(Weight.OK, str(state), f"can be written, {free >> 30} GiB are free")


def ports(traps: Listen | None, daemon_runs: bool) -> Iterator[Finding]:
    """Whether traps can be awaited where the settings say."""
    if traps is None:
        return
    where = f"port {traps.port} for traps"
    if daemon_runs:
        yield Finding(Weight.OK, where, "the daemon is running and sees to it itself: fleetmon status")
        return
    family = socket.AF_INET if traps.host and ":" not in traps.host else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((traps.host, traps.port))
    except OSError as error:
        yield _not_free(where, traps.port, error)
    else:
        yield Finding(Weight.OK, where, "free")


def _not_free(where: str, port: int, error: OSError) -> Finding:
    if error.errno == errno.EADDRINUSE and (daemon := _fleetmon_at(port)):
        text = (
            f"a fleetmon that is running has it (process {daemon}), with another state folder; is it yours? --state DIR"
        )
        return Finding(Weight.OK, where, text)
    hint = {
        errno.EACCES: "only root may open it; the service gets 162 from fleetmon-traps.socket",
        errno.EADDRINUSE: "another program has it (snmptrapd? ss -ulpn); machines are polled all the same",
    }.get(error.errno or 0, os.strerror(error.errno or 0))
    return Finding(Weight.WARNING, where, hint)


def _fleetmon_at(port: int) -> int | None:
    """The process of a fleetmon that holds a UDP port, as far as we may look (proc(5), proc_net(5))."""
    rows = [row.split() for name in ("udp", "udp6") for row in _lines(Path("/proc/net") / name)]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    for opened in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # it ended meanwhile, or is somebody else's
            if str(opened.readlink()) in sockets and b"fleetmon" in (opened.parents[1] / "cmdline").read_bytes():
                return int(opened.parts[2])
    return None


def _lines(table: Path) -> list[str]:
    """The rows of a table of the kernel, without its head; none where there is no such table."""
    try:
        return table.read_text("ascii").splitlines()[1:]
    except OSError:
        return []


def serial_ports(settings: Settings) -> Iterator[Finding]:
    """Whether the devices of serial machines are there, and may be opened by the service's user where there is one."""
    user = _service_user() if os.geteuid() == 0 else None
    for machine in settings.machines:
        for source in machine.sources:
            if source.address.scheme is not Scheme.SERIAL:
                continue
            device = Path(source.address.path)
            if not device.exists():
                text = f"there is no {device}: is the adapter plugged in? ls -l /dev/serial/by-id"
                yield Finding(Weight.PROBLEM, f"machine {machine.id}", text)
            elif not _may_open(device, user):
                who = f"user {user.pw_name}" if user else "this user"
                text = f"{who} may not open {device}; members of its group may, as a rule dialout: adduser NAME dialout"
                yield Finding(Weight.PROBLEM, f"machine {machine.id}", f"{text}, then log in anew")


def _may_open(device: Path, user: pwd.struct_passwd | None) -> bool:
    if user is None:
        return os.access(device, os.R_OK | os.W_OK)
    return device.stat().st_gid == _dialout() or _may(device, user, os.R_OK)


def _dialout() -> int | None:
    """The group that the service's unit adds to its user."""
    try:
        return grp.getgrnam("dialout").gr_gid
    except KeyError:
        return None


def _service_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return None


def _writable(folder: Path, user: pwd.struct_passwd | None) -> bool:
    if os.geteuid() == 0 and user is not None:
        return _may(folder, user, os.W_OK)
    return os.access(folder, os.W_OK)


def _may(path: Path, user: pwd.struct_passwd, wish: int) -> bool:
    """Whether a user may do that with a file, by its owner, group and mode (path_resolution(7), without ACLs)."""
    status = path.stat()
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    shift = 6 if status.st_uid == user.pw_uid else 3 if status.st_gid in groups else 0
    return bool(status.st_mode >> shift & wish)
