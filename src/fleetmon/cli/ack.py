"""`fleetmon ack ALERT`: I know of it."""

from typing import Annotated

import typer

from fleetmon.cli import status_source as source
from fleetmon.cli import telling
from fleetmon.publish.command_payloads import Verb


def ack(
    context: typer.Context,
    alert: telling.AlertArgument,
    comment: Annotated[str, typer.Option("--comment", "-m", help="What the others should know.")] = "",
    rev: Annotated[
        int | None, typer.Option("--rev", min=0, help="Only if it has not changed since this revision of it.")
    ] = None,
    control: source.ControlOption = None,
    broker: source.BrokerOption = None,
    site: source.SiteOption = None,
    who: telling.WhoOption = None,
    root: source.RootOption = "fleetmon",
    ca: source.CaOption = None,
    certificate: source.CertificateOption = None,
    key: source.KeyOption = None,
    username: source.UserOption = None,
    password_file: source.PasswordFileOption = None,
) -> None:
    """Say that you know of an alert: nobody is reminded until it gets worse, is over, or some hours have passed."""
    at = telling.Way(context, control, broker, site, root, ca, certificate, key, username, password_file, who)
    arguments: dict[str, object] = {"comment": comment} if comment else {}
    if rev is not None:
        arguments["rev"] = rev
    at.about_alert(Verb.ACK, alert, arguments, "acknowledged")
