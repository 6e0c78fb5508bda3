"""Credentials by reference: a settings file says where a secret stands, never what it is.

A reference is checked whenever settings are parsed, and followed only when they are loaded: `Surroundings` is what
loading may reach, and without it parsing touches neither files nor environment. Files that others can read, or that
somebody else owns, are refused: a secret that everybody can read is none.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from fleetmon.secret import Secret
from fleetmon.toml_problems import did_you_mean

CREDSTORE = Path("/etc/credstore")
"""Where root keeps what systemd hands to services; the unit takes `fleetmon.NAME` from there as NAME."""

_LONGEST = 65536
_WAYS = ("credential", "file", "env")
_FORM = '{ credential = "name" }, { file = "path" } or { env = "NAME" }'


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The folder of the settings file, and, when settings are loaded and not only parsed, the environment."""

    folder: Path
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SecretText:
    """Marks a field as a secret given by reference. `literal` is a well-known word that is no secret."""

    literal: str | None = None
    in_file: bool = False

    @property
    def says(self) -> str:
        """What the documentation calls it."""
        form = _FORM.replace(' or { env = "NAME" }', "").replace(", {", " or {") if self.in_file else _FORM
        return form + (f', or the word "{self.literal}"' if self.literal else "")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self.read, serialization=core_schema.to_string_ser_schema(when_used="always")
        )

    def read(self, value: object, info: ValidationInfo) -> Secret:
        """The secret a reference leads to; unread where settings are only parsed. Raises ValueError."""
        if self.literal is not None and value == self.literal:
            return Secret("the settings", text=self.literal)
        way, name = self._reference(value)
        surroundings = info.context
        assert isinstance(surroundings, Surroundings)
        if surroundings.environ is None:
            return Secret(f"{way} {name}")
        if way == "env":
            return _from_environment(name, surroundings.environ)
        if way == "file":
            return _from_file(surroundings.folder / name, f"file {name}", private=True)
        return _from_credential(name, surroundings.environ)

    def _reference(self, value: object) -> tuple[str, str]:
        if isinstance(value, str):
            raise ValueError(f"no secret may stand in the settings; write {self.says}")
        if not isinstance(value, dict):
            raise ValueError(f"must be {self.says}")
        if unknown := next((key for key in value if key not in _WAYS), None):
            raise ValueError(f'unknown key "{unknown}"{did_you_mean(unknown, _WAYS)}')
        if len(value) != 1:
            raise ValueError(f"needs exactly one of {', '.join(_WAYS)}; write {self.says}")
        ((way, name),) = value.items()
        if not isinstance(name, str) or not name or "\0" in name:
            raise ValueError(f"{way} must be text in quotes, not empty")
        if way == "env" and self.in_file:
            raise ValueError(f"a private key must be a file; write {self.says}")
        if way == "credential" and not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
            raise ValueError("a credential's name has letters, digits, dots, hyphens and underscores, no folder")
        return way, name


@dataclass(frozen=True, slots=True)
class ReadableFile:
    """Marks a field as the path of a file, taken from the settings' folder; when loading, it must be readable."""

    says: str = "a path"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self.read)

    def read(self, value: object, info: ValidationInfo) -> Path:
        """The absolute path. Raises ValueError."""
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("must be a path: text in quotes")
        surroundings = info.context
        assert isinstance(surroundings, Surroundings)
        path = surroundings.folder / value
        if surroundings.environ is not None:
            check_readable(path)
        return path


def check_readable(path: Path) -> None:
    """Nothing, if the file can be read. Raises ValueError."""
    with _opened(path):
        pass


def _from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    if name not in environ:
        raise ValueError(f"environment variable {name} is not set")
    return Secret(f"env {name}", text=_clean(environ[name].encode("utf-8", "surrogateescape")))


def _from_credential(name: str, environ: Mapping[str, str]) -> Secret:
    """In the service what systemd laid out (systemd.exec(5), LoadCredential=), by hand where the unit takes it from."""
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        return _from_file(Path(folder) / name, f"credential {name}", private=False)
    origin = CREDSTORE / f"fleetmon.{name}"
    try:
        return _from_file(origin, f"credential {name}", private=True)
    except ValueError as why:
        raise ValueError(
            f"credential {name} is handed to the systemd service only (LoadCredential={name}:PATH), "
            f"and by hand {why}; as root, or with {{ file = ... }}, it can be read"
        ) from None


def _from_file(path: Path, origin: str, private: bool) -> Secret:
    with _opened(path) as file:
        if private:
            _check_private(path, os.fstat(file.fileno()))
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError(f"{path} is larger than {_LONGEST} bytes")
    return Secret(origin, path=path, text=_clean(content))


def _opened(path: Path) -> BinaryIO:
    """A regular file, open for reading. Raises ValueError saying what stands in the way."""
    try:
        # not blocking: a named pipe must not stop the daemon
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"{path} is no file")
    return os.fdopen(descriptor, "rb")


def _check_private(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise ValueError(f"{path} is open to others (mode {mode:03o}); chmod 640 {path}, or 600")
    # root may check the settings of the service's user
    if os.geteuid() not in {0, status.st_uid} and status.st_uid != 0:
        raise ValueError(f"{path} belongs to user {status.st_uid}; chown root {path}")


def _clean(content: bytes) -> str:
    """The secret without the newline every editor adds. Raises ValueError."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ValueError("the secret is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\0" in text:
        raise ValueError("the secret is empty" if not text else "the secret contains a NUL character")
    return text
