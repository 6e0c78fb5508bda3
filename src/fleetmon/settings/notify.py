"""Who is told of alerts beside the broker: an Alertmanager, a webhook, whatever Apprise reaches. Nobody, unless asked.

A table each, all optional. Passwords, tokens and Apprise's URLs, which are passwords in themselves, are given by
reference; the URLs that stand here carry none.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from fleetmon.model.address import host_and_port, is_loopback
from fleetmon.secret import Secret
from fleetmon.settings.credentials import ReadableFile, SecretText
from fleetmon.settings.values import AS_LIST, NOT_EMPTY, Table, Text, duration, pattern
from fleetmon.toml_problems import Misfit

_SHAPE = "https://host[:port][/path] or http://host[:port][/path]"
_PROXY_SHAPE = "http://host:port"
_PATH = re.compile(r"(/[!-~]*)?")


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """Where somebody listens for HTTP; `path` begins with a slash and may hold a query."""

    host: str
    port: int
    tls: bool
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> "HttpUrl":
        """Take the URL apart. Raises ValueError, which does not repeat it."""
        scheme, found, rest = text.partition("://")
        if not found or scheme.lower() not in {"http", "https"}:
            raise ValueError(f"is no address of the web; write {_SHAPE}")
        authority, slash, path = rest.partition("/")
        host, port = host_and_port(f"{scheme}://{authority}", _SHAPE)
        if not _PATH.fullmatch(slash + path) or "#" in path:
            raise ValueError(f"has a path with characters that must be written as %XX; write {_SHAPE}")
        tls = scheme.lower() == "https"
        return cls(host, port or (443 if tls else 80), tls, slash + path or "/")

    @classmethod
    def parse_proxy(cls, text: str) -> "HttpUrl":
        """The same, for a proxy: plain HTTP to it, no path, no password. Raises ValueError."""
        url = cls.parse(text)
        if url.tls or url.path != "/":
            raise ValueError(f"is no address of a proxy; write {_PROXY_SHAPE}")
        return url

    @property
    def bracketed(self) -> str:
        """The host as it stands in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port (RFC 9110 section 4.2)."""
        return self.bracketed if self.port == (443 if self.tls else 80) else f"{self.bracketed}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    def path_with(self, more: str) -> str:
        """The path of something below this one; `more` is empty or begins with a slash."""
        return self.path.removesuffix("/") + more if more else self.path


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Url = Annotated[HttpUrl, Text(_SHAPE, HttpUrl.parse)]
Proxy = Annotated[HttpUrl, Text(_PROXY_SHAPE, HttpUrl.parse_proxy)]
Authority = Annotated[Path, ReadableFile()]
Language = Annotated[str, pattern("[a-z]{2,3}", 'a language by its letters, "en" or "ur"')]
_CA = "the authority that signed the other end's certificate (PEM); without it the system's"
_PROXY = "through which it is reached, where there is no direct way; one that asks for no password"
_LANGUAGE = "of the texts; without it, or where there are none in it, the site's first"


class AlertmanagerPush(Table):
    """`[notify.alertmanager]`: a Prometheus Alertmanager that is shown, again and again, which alerts stand."""

    urls: Annotated[tuple[Url, ...], AS_LIST, NOT_EMPTY, BeforeValidator(_one_or_more)] = Field(
        alias="url", description="where it listens, /api/v2/alerts left out; of a cluster, each member in a list"
    )
    ca: Authority | None = Field(None, description=_CA)
    username: Annotated[str, pattern("[!-9;-~]{1,128}", "1 to 128 characters, no colon and no space")] | None = Field(
        None, description="the user's name, where it asks for one"
    )
    password: Annotated[Secret, SecretText()] | None = Field(None, description="the user's password")
    proxy: Proxy | None = Field(None, description=_PROXY)
    interval: Annotated[float, duration("10s", "5m")] = Field(
        60.0, description="how often it is told what stands; three times without, and it believes that all is over"
    )
    language: Language | None = Field(None, description=_LANGUAGE)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        pairs = (("username", "password"), ("password", "username"))
        faults = [
            (one, f"needs {other} beside it")
            for one, other in pairs
            if getattr(self, one) is not None and getattr(self, other) is None
        ]
        faults += _not_over_plain_http(self.urls, self.ca, "password" if self.password else None)
        if faults:
            raise Misfit(*faults)
        return self


class Webhook(Table):
    """`[notify.webhook]`: a web service that is sent every event of an alert once it is committed, signed, in order."""

    url: Url = Field(description="where it listens")
    secret: Annotated[Secret, SecretText()] = Field(
        description="what messages are signed with; `whsec_` and base64, or any other text"
    )
    ca: Authority | None = Field(None, description=_CA)
    token: Annotated[Secret, SecretText()] | None = Field(
        None, description="sent along as `Authorization: Bearer`, where it is asked for"
    )
    proxy: Proxy | None = Field(None, description=_PROXY)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if faults := _not_over_plain_http((self.url,), self.ca, "token" if self.token else None):
            raise Misfit(*faults)
        return self


class Apprise(Table):
    """`[notify.apprise]`: people's own messengers, mail or telephones, for the alerts of priority 1 and 2."""

    urls: Annotated[Secret, SecretText()] = Field(description="Apprise's URLs, one a line")
    limit: Annotated[float, duration("5s", "60s")] = Field(
        15.0, description="how long a message may take before it is given up"
    )
    language: Language | None = Field(None, description=_LANGUAGE)


class Notify(Table):
    """`[notify]`: who is told of alerts beside the broker; nobody, unless there is a table for it."""

    alertmanager: AlertmanagerPush | None = Field(None, description="for those who have one")
    webhook: Webhook | None = Field(None, description="for a program of your own")
    apprise: Apprise | None = Field(None, description="needs the extra `notify`")


def _not_over_plain_http(urls: tuple[HttpUrl, ...], ca: Path | None, secret: str | None) -> list[tuple[str, str]]:
    faults = []
    if ca is not None and not any(url.tls for url in urls):
        faults.append(("ca", "needs https://"))
    if secret and not all(url.tls or is_loopback(url.host) for url in urls):
        faults.append((secret, "would cross the network readable; use https://"))
    return faults
