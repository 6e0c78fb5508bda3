"""How fleetmon reaches the broker and how it proves itself to SNMP agents."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from fleetmon.model.address import host_and_port, is_loopback
from fleetmon.secret import Secret
from fleetmon.settings.credentials import ReadableFile, SecretText
from fleetmon.settings.values import AS_LIST, AS_WORD, Table, Text, duration, identifier, pattern
from fleetmon.toml_problems import Misfit

_SHAPE = "mqtts://host[:8883] or mqtt://host[:1883]"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """Where the broker listens; `tls` for mqtts://."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, text: str) -> "BrokerUrl":
        """Take the URL apart. Raises ValueError."""
        scheme = text.partition("://")[0].lower()
        if scheme not in {"mqtt", "mqtts"}:
            raise ValueError(f"is no address of a broker; write {_SHAPE}")
        host, port = host_and_port(text, _SHAPE)
        tls = scheme == "mqtts"
        return cls(host, port or (8883 if tls else 1883), tls)

    @property
    def loopback(self) -> bool:
        """Whether the broker is on this very computer, so that nothing crosses a network."""
        return is_loopback(self.host)


def _root(text: str) -> str:
    levels = text.split("/")
    if not all(level and level.isascii() and level.isprintable() and not set(level) & set("+#$ ") for level in levels):
        raise ValueError("must be topic levels joined by /, without + # $ and spaces, none of them empty")
    return text


@dataclass(frozen=True, slots=True)
class Acknowledgers:
    """Marks the consumers of events. "broker" is nobody: the broker's own acknowledgement must do."""

    says: str = '"broker" or a list of consumers: ["hq"]'

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def read(self, value: object) -> object:
        """A list as it is, and "broker" as an empty one. Raises ValueError."""
        if isinstance(value, str) and value == "broker":
            return []
        if isinstance(value, list) and value:
            return value
        raise ValueError(f"must be {self.says}")

    def write(self, value: tuple[str, ...]) -> str:
        """The default is nobody."""
        return ", ".join(value) or "broker"


Consumer = Annotated[str, identifier(48)]
_CLIENT_ID = pattern("[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, hyphens and underscores")


class Mqtt(Table):
    """`[mqtt]`: the broker, and who must have read an event before it may be forgotten."""

    url: Annotated[BrokerUrl, Text(_SHAPE, BrokerUrl.parse)] = Field(description="where the broker listens")
    ca: Annotated[Path, ReadableFile()] | None = Field(
        None, description="the authority that signed the broker's certificate (PEM); without it the system's"
    )
    certificate: Annotated[Path, ReadableFile()] | None = Field(None, description="the site's certificate (PEM)")
    key: Annotated[Secret, SecretText(in_file=True)] | None = Field(
        None, description="the private key of the certificate"
    )
    tls_minimum: Literal["1.2", "1.3"] = Field("1.3", description="the oldest version of TLS that is spoken")
    username: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        None, description="the user's name, where the broker asks for one"
    )
    password: Annotated[Secret, SecretText()] | None = Field(None, description="the user's password")
    client_id: Annotated[str, _CLIENT_ID] | None = Field(
        None, description="the MQTT client identifier; without it the site's id"
    )
    root: Annotated[str, Text('topic levels, "fleetmon"', _root), Field(max_length=64)] = Field(
        "fleetmon", description="what stands before /v1/ in every topic"
    )
    ack: Annotated[tuple[Consumer, ...], AS_LIST, Acknowledgers()] = Field(
        (), description='who must have stored an event before it is dropped: consumers, ["hq"], or "broker"'
    )
    heartbeat: Annotated[float, duration("1s", "10m")] = Field(
        30.0, description="how often the site says that it lives"
    )
    keepalive: Annotated[float, duration("5s", "5m")] = Field(
        30.0, description="after how much silence the broker is pinged"
    )
    properties: bool = Field(
        True, description="whether messages carry their content type; false for brokers that trip over it"
    )
    session_expiry: Annotated[float, duration("30s", "7d")] = Field(
        300.0, description="how long the broker keeps the session after a lost connection"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = []
        for one, other in (("certificate", "key"), ("key", "certificate"), ("password", "username")):
            if getattr(self, one) is not None and getattr(self, other) is None:
                faults.append((one, f"needs {other} beside it"))
        if not self.url.tls:
            faults += [
                (key, "needs mqtts://") for key in ("ca", "certificate", "key") if getattr(self, key) is not None
            ]
            if self.password is not None and not self.url.loopback:
                faults.append(("password", "would cross the network readable; use mqtts://"))
        if faults:
            raise Misfit(*faults)
        return self


class AuthProtocol(StrEnum):
    """SNMPv3 authentication (RFC 3414, RFC 7860)."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class PrivProtocol(StrEnum):
    """SNMPv3 encryption (RFC 3414, RFC 3826; AES-192 and -256 as most agents do them)."""

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


class SnmpProfile(Table):
    """`[snmp.profile.NAME]`: how to prove oneself to some agents."""

    version: Literal["1", "2c", "3"] = Field("2c", description="the version of SNMP that is tried first")
    community: Annotated[Secret, SecretText(literal="public")] | None = Field(
        None, description="the community of versions 1 and 2c; without it public"
    )
    user: Annotated[str, Field(min_length=1, max_length=32)] | None = Field(None, description="the user of version 3")
    auth: Annotated[AuthProtocol, AS_WORD] | None = Field(None, description="how version 3 authenticates")
    auth_password: Annotated[Secret, SecretText()] | None = Field(
        None, description="the password for it, 8 characters or more"
    )
    priv: Annotated[PrivProtocol, AS_WORD] | None = Field(None, description="how version 3 encrypts")
    priv_password: Annotated[Secret, SecretText()] | None = Field(
        None, description="the password for it, 8 characters or more"
    )

    @property
    def community_text(self) -> str:
        """The community to use with versions 1 and 2c."""
        return "public" if self.community is None else self.community.reveal()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = self._faults_of_3() if self.version == "3" else self._faults_of_1_and_2c()
        if faults:
            raise Misfit(*faults)
        return self

    def _faults_of_1_and_2c(self) -> list[tuple[str, str]]:
        keys = ("user", "auth", "auth_password", "priv", "priv_password")
        return [
            (key, f'is for version = "3"; version {self.version} has only community')
            for key in keys
            if getattr(self, key) is not None
        ]

    def _faults_of_3(self) -> list[tuple[str, str]]:
        faults = []
        if self.community is not None:
            faults.append(("community", "is for versions 1 and 2c; version 3 has user, auth and priv"))
        if self.user is None:
            faults.append(("user", "is missing; version 3 needs it"))
        for one, other in (
            ("auth", "auth_password"),
            ("auth_password", "auth"),
            ("priv", "priv_password"),
            ("priv_password", "priv"),
        ):
            if getattr(self, one) is not None and getattr(self, other) is None:
                faults.append((one, f"needs {other} beside it"))
        if self.priv is not None and self.auth is None:
            faults.append(("priv", "needs auth as well (RFC 3414)"))
        for key in ("auth_password", "priv_password"):
            secret = getattr(self, key)
            if secret is not None and secret.length is not None and secret.length < 8:
                faults.append((key, "must have at least 8 characters (RFC 3414 section 11.2)"))
        return faults


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on; `host` empty means every address of this computer."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Listen | None":
        """Take `host:port` or `:port` apart; "off" is None. Raises ValueError."""
        if text == "off":
            return None
        shape = '":1162", "127.0.0.1:1162" or "off"'
        everywhere = text.startswith(":")
        host, port = host_and_port(f"listen://{'every' if everywhere else ''}{text}", shape)
        if port is None:
            raise ValueError(f"names no port; write {shape}")
        return cls("" if everywhere else host, port)

    @staticmethod
    def write(value: "Listen | None") -> str:
        """The text `parse` takes."""
        if value is None:
            return "off"
        return f"[{value.host}]:{value.port}" if ":" in value.host else f"{value.host}:{value.port}"


class Snmp(Table):
    """`[snmp]`: what all SNMP machines share."""

    traps: Annotated[
        Listen | None, Text('an address, ":1162" or "127.0.0.1:1162", or "off"', Listen.parse, Listen.write)
    ] = Field(Listen("", 1162), description="where traps are awaited; a trap only hastens the next poll")
    profile: dict[Annotated[str, identifier(48)], SnmpProfile] = Field({}, description="credentials by name")
