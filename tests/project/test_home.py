"""The test suite itself: it talks to this machine only."""

import socket

import pytest


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")])
def test_nothing_is_sent_to_another_machine(family: socket.AddressFamily, address: str) -> None:
    """A datagram and a connection to another machine are refused before anything leaves."""
    with (
        socket.socket(family, socket.SOCK_DGRAM) as udp,
        pytest.raises(RuntimeError, match="only talk to this machine"),
    ):
        udp.sendto(b"x", (address, 161))
    with (
        socket.socket(family, socket.SOCK_STREAM) as tcp,
        pytest.raises(RuntimeError, match="only talk to this machine"),
    ):
        tcp.connect((address, 1883))


def test_this_machine_may_be_talked_to() -> None:
    """Any loopback address and local sockets are free to use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.9", 0))
        udp.sendto(b"x", udp.getsockname())
        assert udp.recv(1) == b"x"
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"
