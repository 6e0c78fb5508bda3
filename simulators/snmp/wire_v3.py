"""SNMP version 3 with USM: pysnmp's engine does the security, rows.answer still decides what is said.

The engine is given no transport of its own: messages are handed to it and its replies are caught on their way out, so
that all versions share one socket. Only users with authentication and encryption exist; pysnmp refuses them lesser
levels.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from fleetmon.simulators.sheets.parts import User
from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram.udp import DOMAIN_NAME
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.cmdrsp import CommandResponderBase
from pysnmp.entity.rfc3413.context import SnmpContext
from pysnmp.error import PySnmpError

from .pdus import ASKS, respond
from .rows import Rows

# RFC 3411 SnmpEngineID: high bit set, enterprise 32473 (reserved for documentation, RFC 5612), then 4 = text
_ENTERPRISE = bytes.fromhex("80007ed9")
_TEXT = b"\x04"

# What pysnmp and pyasn1 were seen to raise on some 120 000 damaged messages; the last three are slips of theirs.
_GARBAGE = (PyAsn1Error, PySnmpError, TypeError, LookupError, OverflowError)


class SecureAgent:
    """The engine of one machine for one run of it. `send(message, address)` is called with every reply."""

    def __init__(self, name: str, boots: int, users: Sequence[User], send: Callable[[bytes, Any], None]) -> None:
        self.boots = boots
        self._engine = _engine(name, boots)
        self._engine.register_transport_dispatcher(_Outlet(send))
        for user in users:
            config.add_v3_user(
                self._engine,
                user.name,
                authProtocol=config.USM_AUTH_HMAC96_SHA,
                authKey=user.auth_key,
                privProtocol=config.USM_PRIV_CFB128_AES,
                privKey=user.priv_key,
            )
        self._responder = _Responder(self._engine)

    def hear(self, data: bytes, address: Any, rows: Rows) -> None:
        """Take one message, or what claims to be one; the reply or report, if any, leaves through `send` at once."""
        self._responder.rows = rows
        with suppress(*_GARBAGE):
            self._engine.message_dispatcher.receive_message(self._engine, DOMAIN_NAME, address, data)


def _engine(name: str, boots: int) -> SnmpEngine:
    """An engine with an identity of our choice. Given one directly, pysnmp keeps files in the temporary folder."""
    engine = SnmpEngine()
    symbols = engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
    identity, boot_count = symbols
    identity.syntax = identity.syntax.clone(_ENTERPRISE + _TEXT + name.encode()[:27])
    boot_count.syntax = boot_count.syntax.clone(boots)
    engine.snmpEngineID = identity.syntax
    return engine


class _Outlet(AbstractTransportDispatcher):  # type: ignore[misc]
    def __init__(self, send: Callable[[bytes, Any], None]) -> None:
        super().__init__()
        self._send = send

    def send_message(self, message: Any, domain: Any, address: Any) -> None:
        self._send(bytes(message), address)


class _Responder(CommandResponderBase):  # type: ignore[misc]
    SUPPORTED_PDU_TYPES = tuple(ASKS)

    def __init__(self, engine: SnmpEngine) -> None:
        super().__init__(engine, SnmpContext(engine))
        self.rows = Rows(())

    def handle_management_operation(self, engine: SnmpEngine, state: Any, context: Any, request: Any) -> None:
        self.send_varbinds(engine, state, *respond(request, self.rows))
        self.release_state_information(state)
