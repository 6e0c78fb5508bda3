"""One request, one answer, within its time, whatever stands at the other end."""

import asyncio
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetmon.notify.posting import NotTaken, Target, post
from fleetmon.publish.mqtt import Tls
from fleetmon.settings import HttpUrl

from .certificates import signed_for_localhost
from .peers import Service, free_port, serving, until


def target(port: int, path: str = "/", host: str = "127.0.0.1", **more: object) -> Target:
    return Target(HttpUrl(host, port, tls=False, path=path), **more)  # type: ignore[arg-type]


async def refusal(there: Target) -> str:
    with pytest.raises(NotTaken) as caught:
        await post(there, "", (), b"{}")
    return str(caught.value)


async def test_a_message_and_its_answer(service: Service) -> None:
    """Path, headers and body arrive as they were given; of the answer its status and first words are kept."""
    service.status, service.words = 422, b"no\x1b[31m such\n thing" + b"!" * 5000
    there = target(service.port, "/hook?team=1", headers=(("Authorization", "Bearer t"),))
    answer = await post(there, "", (("Content-Type", "application/json"),), b"[1]")
    (heard,) = service.heard
    assert (heard.method, heard.target, heard.body) == ("POST", "/hook?team=1", b"[1]")
    assert heard.headers["authorization"] == "Bearer t"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["host"] == f"127.0.0.1:{service.port}"
    assert (answer.status, answer.taken) == (422, False)
    assert answer.words == "no[31m such thing" + "!" * (200 - len("no[31m such thing"))
    assert str(answer).startswith("it answers 422: no[31m such thing!")


async def test_a_path_goes_on_below_the_target(service: Service) -> None:
    """A target that lives below a path of a shared server is asked there; a slash at its end does not double."""
    await post(target(service.port, "/am/"), "/api/v2/alerts", (), b"[]")
    await post(target(service.port), "/api/v2/alerts", (), b"[]")
    assert [each.target for each in service.heard] == ["/am/api/v2/alerts", "/api/v2/alerts"]


async def test_who_accepts_and_says_nothing_is_given_up(service: Service) -> None:
    """The time limit stands over the whole exchange."""
    service.silent = True
    started = time.monotonic()
    assert await refusal(target(service.port, limit_s=0.2)) == "no answer within 0.2 s"
    assert time.monotonic() - started < 2.0


async def test_each_way_to_fail_has_its_words(service: Service) -> None:
    """Nobody listens, the name is none, something else answers: NotTaken, and a text for people."""
    assert "refused" in (await refusal(target(free_port()))).lower()
    assert await refusal(target(80, host="x" * 70 + ".invalid"))


async def test_a_name_that_is_looked_up_for_ever_keeps_only_us_waiting(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread is ours: the event loop's own are there for the machines. An address needs no look-up at all."""
    answer, threads = threading.Event(), list[str]()
    genuine = socket.getaddrinfo

    def stuck(host: str, port: int, *more: Any, **most: Any) -> Any:
        if most.get("flags") == socket.AI_NUMERICHOST or host != "slow.example":
            return genuine(host, port, *more, **most)
        threads.append(threading.current_thread().name)
        answer.wait(10.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    slow = [asyncio.create_task(refusal(target(80, host="slow.example", limit_s=0.2))) for _ in range(4)]
    assert await asyncio.gather(*slow) == ["no answer within 0.2 s"] * 4
    assert await asyncio.to_thread(lambda: "free") == "free"
    assert (await post(target(service.port), "", (), b"{}")).taken
    assert all(name.startswith("notify") for name in threads)
    answer.set()


async def test_a_secret_that_is_no_header_is_not_repeated(service: Service) -> None:
    """A token of two lines cannot be sent; what is said of it does not hold it."""
    said = await refusal(target(service.port, headers=(("Authorization", "Bearer hunter2\nhunter3"),)))
    assert "one line of plain characters" in said
    assert "hunter" not in said


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_an_answer_that_is_none_is_not_taken(said: bytes) -> None:
    """Nothing, another protocol, an answer that breaks off."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with serving(serve) as port:
        assert "not in HTTP" in await refusal(target(port))


async def test_an_endless_answer_is_not_read_to_the_end() -> None:
    """Its status stands in the first lines; the rest costs neither memory nor time."""
    hung_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            hung_up.set()

    async with serving(serve) as port:
        answer = await post(target(port), "", (), b"{}")
        assert (answer.status, len(answer.words)) == (200, 200)
        await until(hung_up.is_set, "we hang up")


async def test_an_early_refusal_is_heard_though_not_all_was_sent() -> None:
    """A server may answer 413 and hang up before a large body has arrived."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()

    async with serving(serve) as port:
        assert (await post(target(port), "", (), b"x" * 1000)).status == 413


async def test_a_certificate_of_our_own_authority_is_believed(tmp_path: Path) -> None:
    """With its authority named the service is reached; without it, or under another name, it is not."""
    ca, certificate, key = signed_for_localhost(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    service = Service(context=context)
    await service.start()
    url = HttpUrl("localhost", service.port, tls=True)
    assert (await post(Target(url, Tls(ca)), "", (), b"{}")).taken
    assert "certificate is not believed" in await refusal(Target(url, Tls()))
    by_number = HttpUrl("127.0.0.1", service.port, tls=True)
    assert "127.0.0.1" in await refusal(Target(by_number, Tls(ca)))
    await service.stop()


async def test_a_proxy_stands_in_between(tmp_path: Path, service: Service) -> None:
    """Plain HTTP names the whole URL to the proxy; for TLS it is asked for a tunnel, and a refused one is said."""
    proxy = HttpUrl("127.0.0.1", service.port, tls=False)
    plain = Target(HttpUrl("am.example", 9093, tls=False, path="/x"), None, proxy)
    assert (await post(plain, "/y", (), b"{}")).taken
    assert service.heard[0].target == "http://am.example:9093/x/y"
    service.status = 403
    secret = Target(HttpUrl("am.example", 443, tls=True), Tls(), proxy)
    assert await refusal(secret) == "the proxy lets nobody through: it answers 403"
    assert (service.heard[1].method, service.heard[1].target) == ("CONNECT", "am.example:443")


async def test_tls_goes_through_the_tunnel_of_a_proxy(tmp_path: Path) -> None:
    """The certificate is the target's, seen through the proxy; the proxy sees nothing of the message."""
    ca, certificate, key = signed_for_localhost(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    service = Service(context=context)
    await service.start()
    passed: list[bytes] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while part := await reader.read(65536):
            passed.append(part)
            writer.write(part)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        there, back = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    async with serving(serve) as port:
        way = HttpUrl("127.0.0.1", port, tls=False)
        url = HttpUrl("localhost", service.port, tls=True)
        assert (await post(Target(url, Tls(ca), way), "", (), b'"hidden"')).taken
    assert service.heard[0].body == b'"hidden"'
    assert b"hidden" not in b"".join(passed)
    await service.stop()


@given(st.binary(max_size=300))
def test_whatever_answers_the_outcome_is_an_answer_or_not_taken(said: bytes) -> None:
    """Any octets after a request: no other exception, no waiting."""

    async def story() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            await writer.drain()

        async with serving(serve) as port:
            try:
                outcome: object = (await post(target(port, limit_s=5.0), "", (), b"{}")).status
            except NotTaken as why:
                outcome = str(why)
            assert outcome

    asyncio.run(story())
