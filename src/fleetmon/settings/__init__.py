"""`fleetmon.toml`, and the files of `machines.d` beside it, checked as a whole.

Two phases: `parse` reads the settings files and nothing else; `load` also follows every reference into the world, to
credentials, certificates and walks. Either gives Settings that are right in every part, or a SettingsError that lists
everything wrong at once, a line each: ``file:line: key: what is wrong; what is allowed``.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from fleetmon.errors import SettingsError
from fleetmon.model.plan import FleetPlan
from fleetmon.settings.alerts import AlertRule, Alerts
from fleetmon.settings.credentials import Surroundings
from fleetmon.settings.crosschecks import crosschecks
from fleetmon.settings.files import read_all
from fleetmon.settings.hours import Break, Holidays, Season
from fleetmon.settings.house import Log, LogFormat, LogLevel, Outbox
from fleetmon.settings.machine import Counter, Machine, Serial, Source
from fleetmon.settings.network import AuthProtocol, BrokerUrl, Listen, Mqtt, PrivProtocol, Snmp, SnmpProfile
from fleetmon.settings.notify import HttpUrl, Notify
from fleetmon.settings.site import Line, Site
from fleetmon.settings.values import AS_LIST, Table
from fleetmon.settings.work import Work
from fleetmon.toml_problems import did_you_mean, problems

__all__ = [
    "AlertRule",
    "Alerts",
    "AuthProtocol",
    "Break",
    "BrokerUrl",
    "Counter",
    "Holidays",
    "HttpUrl",
    "Line",
    "Listen",
    "Log",
    "LogFormat",
    "LogLevel",
    "Machine",
    "Mqtt",
    "Notify",
    "Outbox",
    "PrivProtocol",
    "Season",
    "Serial",
    "Settings",
    "Site",
    "Snmp",
    "SnmpProfile",
    "Source",
    "Work",
    "load",
    "parse",
    "profile",
]


class Settings(Table):
    """The whole of `fleetmon.toml`."""

    site: Site = Field(description="the office")
    mqtt: Mqtt = Field(description="the broker")
    snmp: Snmp = Field(Snmp(), description="what SNMP machines share")
    machines: Annotated[tuple[Machine, ...], AS_LIST] = Field((), alias="machine", description="the machines")
    lines: Annotated[tuple[Line, ...], AS_LIST] = Field((), alias="line", description="the production lines")
    work: Work = Field(Work(), description="what the issuing system tells")
    outbox: Outbox = Field(Outbox(), description="what is kept on disk")
    log: Log = Field(Log(), description="the daemon's own log")
    alerts: Alerts = Field(Alerts(), description="when somebody is to be told")
    notify: Notify = Field(Notify(), description="who is told beside the broker")
    _folder: Path = PrivateAttr()
    _file: Path | None = PrivateAttr(None)
    _plan: FleetPlan | None = PrivateAttr(None)

    def model_post_init(self, context: object, /) -> None:
        """Remember the folder that relative paths start from."""
        assert isinstance(context, Surroundings)
        self._folder = context.folder

    def again(self) -> "Settings":
        """The same files, read and checked anew, with every reference in them. Raises SettingsError."""
        assert self._file is not None, "only what was loaded can be loaded again"
        return load(self._file)

    @property
    def drivers_folder(self) -> Path:
        """Where the site keeps drivers of its own: `drivers` beside the settings file; it need not exist."""
        return self._folder / "drivers"

    @property
    def locale_folder(self) -> Path:
        """Where the site keeps texts of its own: `locale` beside the settings file; it need not exist."""
        return self._folder / "locale"

    @property
    def client_id(self) -> str:
        """The MQTT client identifier."""
        return self.mqtt.client_id or self.site.id

    def profile(self, name: str | None) -> SnmpProfile:
        """A profile by its name; for None the one called `default`, else version 2c with public. Raises KeyError."""
        return self.snmp.profile[name] if name else self.snmp.profile.get("default", SnmpProfile())

    def plan(self) -> FleetPlan:
        """What the pure middle needs to know, as plain data; made once."""
        if self._plan is None:
            self._plan = FleetPlan(
                site=self.site.id,
                machines=tuple(machine.plan(self._folder) for machine in self.machines),
                lines=tuple(line.plan() for line in self.lines),
                heartbeat_s=self.mqtt.heartbeat,
                calendar=self.site.calendar(),
                stall=self.alerts.stall.plan(),
                alerts=self.alerts.plan(),
            )
        return self._plan

    def let_machines_go(self) -> None:
        """Keep the plan and forget the models it was made from: those of a thousand machines take 5 MB."""
        self.plan()
        self.__dict__["machines"] = self.__dict__["lines"] = ()


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Parse the settings and follow every reference in them; `environ` is the process's own unless given.

    Raises SettingsError listing every problem.
    """
    return _read(path, Surroundings(path.absolute().parent, os.environ if environ is None else environ))


def parse(path: Path) -> Settings:
    """Check the settings files alone: secrets stay unread, files they name need not exist. Raises SettingsError."""
    return _read(path, Surroundings(path.absolute().parent))


class _Profiles(BaseModel):
    """The part of a settings file that a profile needs, and nothing else."""

    snmp: Snmp


def profile(path: Path, name: str, environ: Mapping[str, str] | None = None) -> SnmpProfile:
    """One `[snmp.profile.NAME]` with its secrets; the rest of the settings may be wrong, its secrets out of reach.

    Raises SettingsError, and LookupError, with a text, where there is no such profile.
    """
    files = read_all(path)
    snmp = files.data.get("snmp")
    profiles = snmp.get("profile") if isinstance(snmp, dict) else None
    known = profiles if isinstance(profiles, dict) else {}
    if name not in known:
        file, line = files.locate(("snmp", "profile"))
        raise LookupError(f"{file}:{line}: there is no [snmp.profile.{name}]{did_you_mean(name, known)}")
    data = {"snmp": {"profile": {name: known[name]}}}
    surroundings = Surroundings(path.absolute().parent, os.environ if environ is None else environ)
    try:
        return _Profiles.model_validate(data, context=surroundings).snmp.profile[name]
    except ValidationError as error:
        found = problems(error, _Profiles, data, files.locate)
    raise SettingsError("\n".join(map(str, found)))


def _read(path: Path, surroundings: Surroundings) -> Settings:
    files = read_all(path)
    found = list(files.problems)
    if not files.unreadable:  # else every name in a missing file would be reported as unknown
        found += crosschecks(files.data, files.locate)
    try:
        settings = Settings.model_validate(files.data, context=surroundings)
    except ValidationError as error:
        found += problems(error, Settings, files.data, files.locate)
        settings = None
    if settings is None or found or files.unreadable:
        # raised out here and not from the ValidationError, which repeats the values it refused
        ordered = sorted(found, key=lambda each: (each.file, each.line))
        raise SettingsError("\n".join([*files.unreadable, *map(str, ordered)]))
    settings._file = path
    return settings
