"""The words that `fleetmon probe` understands, and what they mean for a machine on a line."""

from pathlib import Path
from typing import Annotated

import typer

from fleetmon.model.address import SHAPES
from fleetmon.model.plan import Handshake, Parity
from fleetmon.settings import AuthProtocol, PrivProtocol

Url = Annotated[str, typer.Argument(help=f"Where the machine answers: {SHAPES}.")]
DriverName = Annotated[
    str | None,
    typer.Option("--driver", help="A driver's name, or the folder of one; an SNMP machine's is found by itself."),
]
Device = Annotated[int | None, typer.Option(help="SNMP: which printer, where the agent speaks for several.")]
CommunityText = Annotated[
    str | None, typer.Option("--community", help="SNMP v1/v2c community; else $FLEETMON_COMMUNITY, else public.")
]
OnlyV1 = Annotated[bool, typer.Option("--v1", help="Speak SNMPv1 only; without it v2c is tried first.")]
User = Annotated[str | None, typer.Option(help="SNMPv3 user; with it version 3 is spoken.")]
Auth = Annotated[AuthProtocol, typer.Option(help="SNMPv3 authentication.")]
AuthPassword = Annotated[str | None, typer.Option(help="SNMPv3 authentication password; else $FLEETMON_AUTH_PASSWORD.")]
Priv = Annotated[PrivProtocol, typer.Option(help="SNMPv3 encryption.")]
PrivPassword = Annotated[str | None, typer.Option(help="SNMPv3 encryption password; else $FLEETMON_PRIV_PASSWORD.")]
Profile = Annotated[str | None, typer.Option(help="SNMP: an [snmp.profile.NAME] of the settings file.")]
SettingsFile = Annotated[
    Path,
    typer.Option(
        "--settings", envvar="FLEETMON_SETTINGS", help="The settings file that holds it; own drivers stand beside."
    ),
]
Unit = Annotated[str | None, typer.Option(help="Line: what the machine is called there: a bus address, a unit.")]
Baud = Annotated[int | None, typer.Option(min=50, max=4_000_000, help="Serial line; else as the driver says.")]
DataBits = Annotated[int | None, typer.Option(min=7, max=8, help="Serial line; else as the driver says.")]
ParityBit = Annotated[Parity | None, typer.Option("--parity", help="Serial line; else as the driver says.")]
StopBits = Annotated[int | None, typer.Option(min=1, max=2, help="Serial line; else as the driver says.")]
HandshakeKind = Annotated[Handshake | None, typer.Option("--handshake", help="Serial line; else as the driver says.")]
Timeout = Annotated[str | None, typer.Option(help="Line: how long an answer may take, like 5s.")]
Request = Annotated[
    str | None,
    typer.Option("--ask", help="Line, without a driver: one request of the manual, like '<ESC>T<CR>'; see --protocol."),
]
FramingName = Annotated[
    str, typer.Option("--framing", help="How the answer to --ask ends: line, cr, stx-etx, until-quiet, ...")
]
Protocol = Annotated[
    str | None, typer.Option(help="Whose list of harmless requests --ask is on; it is not sent if it is not.")
]
ReadOnly = Annotated[
    str | None, typer.Option(help='Or: where the manual says that --ask changes nothing, "manual p. 12".')
]
Listen = Annotated[bool, typer.Option("--listen", help="Line: send nothing, show what comes. Ctrl-C ends it.")]
For = Annotated[str | None, typer.Option("--for", help="How long to listen, like 30s; until Ctrl-C if not given.")]
Loopback = Annotated[
    bool,
    typer.Option(
        "--loopback",
        help="Line: send a pattern and expect it back. Only with the machine UNPLUGGED, TX and RX bridged.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the state payload.")]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Print what was asked and answered; walk:FILE and drivers new read it again."),
]
