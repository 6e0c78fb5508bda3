"""The cage that a unit describes, built without systemd, so that it is tried wherever the tests run.

    python cage.py UNIT PROGRAM [ARGUMENT]...

runs a program with what `systemd.exec(5)` says of SystemCallFilter=, RestrictAddressFamilies=, RestrictNamespaces=,
MemoryDenyWriteExecute=, NoNewPrivileges=, CapabilityBoundingSet=, UMask=, LimitNOFILE= and LimitCORE=, as far as a
process can do that to itself: file systems and devices stay as they are. libseccomp makes the filter; which calls a
group like @system-service holds is asked of systemd-analyze.
"""

import ctypes
import errno
import os
import resource
import socket
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

ALLOW = 0x7FFF0000
REFUSE = 0x00050000  # with the errno in the lower half
EQUAL, MASKED_EQUAL = 4, 7
WRITE, EXECUTE = 2, 4  # of mmap(2)
NAMESPACES = 0x7E020000  # of clone(2): every CLONE_NEW...
NO_NEW_PRIVS, DROP_FROM_BOUNDING_SET = 38, 24  # of prctl(2)


class Condition(ctypes.Structure):
    """One argument of a call compared (`struct scmp_arg_cmp`)."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def directives(unit: Path) -> dict[str, list[str]]:
    """Every `Key=value` of a unit, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


@cache
def calls(word: str) -> frozenset[str]:
    """The system calls of a group, or the one that is named."""
    if not word.startswith("@"):
        return frozenset({word})
    listing = subprocess.run(
        ["systemd-analyze", "syscall-filter", word], check=True, capture_output=True, text=True
    ).stdout
    words = [line.strip() for line in listing.splitlines()[1:] if line.strip() and line.strip()[0] != "#"]
    return frozenset().union(*map(calls, words))


def allowed(filters: list[str]) -> set[str]:
    """What is left of several SystemCallFilter=, the first of which lists what is allowed."""
    names = set(calls("@default"))
    for each in filters:
        listed: set[str] = set().union(*(calls(word) for word in each.removeprefix("~").split()))
        names = names - listed if each.startswith("~") else names | listed
    return names


class Filter:
    """A seccomp filter: what no rule allows ends in EPERM."""

    def __init__(self) -> None:
        self.seccomp = ctypes.CDLL("libseccomp.so.2")
        self.seccomp.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.seccomp.seccomp_init(ctypes.c_uint32(REFUSE | errno.EPERM)))

    def rule(self, action: int, call: str, *conditions: Condition) -> None:
        """Do `action` on a call, if all conditions hold. A call this processor does not have is left out."""
        number = self.seccomp.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return
        array = (Condition * max(1, len(conditions)))(*conditions)
        done = self.seccomp.seccomp_rule_add_array(
            self.context, ctypes.c_uint32(action), number, len(conditions), array
        )
        if done != 0:
            raise OSError(-done, f"{call}: {os.strerror(-done)}")

    def load(self) -> None:
        """From now on, for this process and its children."""
        if (done := self.seccomp.seccomp_load(self.context)) != 0:
            raise OSError(-done, os.strerror(-done))


def special_rules(cage: Filter, said: dict[str, list[str]]) -> set[str]:
    """The rules that look at a call's arguments; the names they are about."""
    names = {"socket"}
    for family in said["RestrictAddressFamilies"][0].split():
        cage.rule(ALLOW, "socket", Condition(0, EQUAL, getattr(socket, family), 0))
    if said["RestrictNamespaces"] == ["yes"]:
        names |= {"clone", "clone3", "unshare", "setns"}
        cage.rule(REFUSE | errno.ENOSYS, "clone3")  # its flags cannot be looked at: the C library falls back to clone
        for call in ("clone", "unshare"):
            cage.rule(ALLOW, call, Condition(0, MASKED_EQUAL, NAMESPACES, 0))
    if said["MemoryDenyWriteExecute"] == ["yes"]:
        names |= {"mmap", "mprotect", "pkey_mprotect"}
        for wanted in (0, WRITE, EXECUTE):
            cage.rule(ALLOW, "mmap", Condition(2, MASKED_EQUAL, WRITE | EXECUTE, wanted))
        cage.rule(ALLOW, "mprotect", Condition(2, MASKED_EQUAL, EXECUTE, 0))
    return names


def lock(unit: Path) -> None:
    """Put this process into the cage. There is no way out."""
    said = directives(unit)
    names = allowed(said["SystemCallFilter"])
    cage = Filter()
    for name in sorted(names - special_rules(cage, said)):
        cage.rule(ALLOW, name)
    os.umask(int(said["UMask"][0], 8))
    files = int(said["LimitNOFILE"][0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64 if os.geteuid() == 0 and said["CapabilityBoundingSet"] == [""] else 0):
        libc.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    cage.load()


if __name__ == "__main__":
    lock(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # the whole point: this very program, in the cage
