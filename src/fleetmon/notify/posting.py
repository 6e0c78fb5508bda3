"""One HTTP request and its answer: h11 speaks, asyncio carries.

Each message goes over a connection of its own: alerts are few, and a connection that was kept open and died unseen
would cost the very alert that matters. One time limit stands over everything, from the name's look-up to the last octet
of the answer, so that a target which accepts connections and then says nothing is no worse than one that is away.
Redirections are not followed: who is to hear of alerts is said in the settings, not by whoever answers.

An answer is read for people only: its status, and the first words of its body.
"""

import asyncio
import os
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import h11

import fleetmon
from fleetmon.errors import FleetmonError, in_words
from fleetmon.notify.wire import apart, connected
from fleetmon.publish.mqtt.tls import Tls
from fleetmon.settings import HttpUrl

_READ_AT_ONCE = 16 * 1024
_WORDS_KEPT = 200
_BODY_READ = 64 * 1024  # of an answer: who has more to say is not listened to

Headers = Iterable[tuple[str, str]]


class NotTaken(FleetmonError):
    """A message did not get through, or nobody said what became of it; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: `tls` for https, `proxy` in between, `headers` of all requests; `limit_s` seconds of the world."""

    url: HttpUrl
    tls: Tls | None = None
    proxy: HttpUrl | None = None
    headers: tuple[tuple[str, str], ...] = ()
    limit_s: float = 10.0

    @property
    def where(self) -> str:
        """For logs: never the path, which some services use as a password."""
        return self.url.authority


@dataclass(frozen=True, slots=True)
class Answer:
    """What the target said; `words` is the beginning of the body, without control characters."""

    status: int
    words: str = ""

    @property
    def taken(self) -> bool:
        """2xx: it is theirs now."""
        return 200 <= self.status < 300

    def __str__(self) -> str:
        return f"it answers {self.status}{': ' + self.words if self.words else ''}"


async def post(target: Target, path: str, headers: Headers, body: bytes) -> Answer:
    """POST `body` to the target's own path with `path` behind it. Raises NotTaken, within `limit_s`."""
    try:
        async with asyncio.timeout(target.limit_s):
            return await _posted(target, path, headers, body)
    except TimeoutError:
        raise NotTaken(f"no answer within {target.limit_s:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NotTaken(f"its certificate is not believed: {error.verify_message}") from error
    except (OSError, UnicodeError) as error:  # a name that cannot be encoded is a UnicodeError
        raise NotTaken(_words(error)) from error
    except h11.LocalProtocolError:  # its text repeats what may be a secret
        raise NotTaken("it cannot be sent: token and password must be one line of plain characters") from None
    except (h11.RemoteProtocolError, EOFError) as error:
        raise NotTaken(f"something answered, but not in HTTP ({error})") from error


def _words(error: OSError | UnicodeError) -> str:
    """What the system calls it: asyncio puts words of its own in their place."""
    if (
        isinstance(error, OSError)
        and error.errno is not None
        and error.errno > 0
        and not isinstance(error, ssl.SSLError)
    ):
        return os.strerror(error.errno)
    return in_words(error) or type(error).__name__


async def _posted(target: Target, path: str, headers: Headers, body: bytes) -> Answer:
    context = await apart((target.tls or Tls()).context) if target.url.tls else None  # anew: certificates are renewed
    there = target.proxy or target.url
    reader, writer = await connected(there.host, there.port, context if there is target.url else None)
    try:
        if target.proxy and context:
            await _tunnel(target, reader, writer)
            await writer.start_tls(context, server_hostname=target.url.host)
        request = h11.Request(
            method="POST",
            target=(target.url.origin if target.proxy and not target.url.tls else "") + target.url.path_with(path),
            headers=[
                ("Host", target.url.authority),
                ("User-Agent", f"fleetmon/{fleetmon.__version__}"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
                *target.headers,
                *headers,
            ],
        )
        return await _exchange(reader, writer, request, body)
    finally:
        writer.transport.abort()  # all is said, and nobody is waited for


async def _tunnel(target: Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Have the proxy connect us to the target itself (RFC 9110 section 9.3.6)."""
    place = f"{target.url.bracketed}:{target.url.port}"
    request = h11.Request(method="CONNECT", target=place, headers=[("Host", place)])
    answer = await _exchange(reader, writer, request, b"")
    if not answer.taken:
        raise NotTaken(f"the proxy lets nobody through: {answer}")


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Answer:
    speech = h11.Connection(h11.CLIENT)
    sent = [speech.send(request), speech.send(h11.Data(data=body)) if body else b"", speech.send(h11.EndOfMessage())]
    with suppress(ConnectionError):  # who refuses may hang up before all is sent: the answer may have come all the same
        writer.write(b"".join(part or b"" for part in sent))
        await writer.drain()
    status, words, read = 0, b"", 0
    while read < _BODY_READ:
        event = speech.next_event()
        if event is h11.NEED_DATA:
            speech.receive_data(await reader.read(_READ_AT_ONCE))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            words, read = (words + bytes(event.data))[: 4 * _WORDS_KEPT], read + len(event.data)
        elif not isinstance(event, h11.InformationalResponse):
            break  # the end of the message, of the connection, or of HTTP itself (a tunnel)
    text = " ".join(words.decode("utf-8", "replace").split())
    return Answer(status, "".join(c for c in text if c.isprintable())[:_WORDS_KEPT])
