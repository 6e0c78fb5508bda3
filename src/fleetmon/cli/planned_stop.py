"""`fleetmon planned-stop SCOPE`: a machine, a line or the site stops on purpose."""

from typing import Annotated

import typer

from fleetmon.cli import status_source as source
from fleetmon.cli import telling
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.publish.command_payloads import Verb


def planned_stop(
    context: typer.Context,
    scope: Annotated[
        str,
        typer.Argument(help="machine:ID, line:ID, site, or an id that only one of them has.", show_default=False),
    ],
    lasts: telling.ForOption = None,
    until: telling.UntilOption = None,
    over: Annotated[bool, typer.Option("--end", help="It is over, before its time.")] = False,
    reason: telling.ReasonOption = None,
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
    """Say that something stops on purpose from now on: alerts of it are recorded, not told, for 31 days at most."""
    at = telling.Way(context, control, broker, site, root, ca, certificate, key, username, password_file, who)
    if over and (lasts or until):
        stop("--end ends a stop now: without --for and --until", Exit.USAGE)
    said = (reason or "").strip()
    if not over and not said:
        stop('say why: --reason "yearly service"; others will want to know why nothing is told', Exit.USAGE)
    arguments = {"end": True} if over else telling.end(lasts, until, Clock())
    at.about_scope(Verb.PLANNED_STOP, {**arguments, "scope": scope, **({"reason": said} if said else {})})
