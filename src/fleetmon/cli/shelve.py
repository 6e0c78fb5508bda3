"""`fleetmon shelve ALERT`: I want to hear nothing of it for a while."""

import typer

from fleetmon.cli import status_source as source
from fleetmon.cli import telling
from fleetmon.cli.exits import Exit, stop
from fleetmon.clock import Clock
from fleetmon.publish.command_payloads import Verb


def shelve(
    context: typer.Context,
    alert: telling.AlertArgument,
    lasts: telling.ForOption = None,
    until: telling.UntilOption = None,
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
    """Have an alert not told for a while, for a reason: a P1 for an hour at most, others for eight."""
    at = telling.Way(context, control, broker, site, root, ca, certificate, key, username, password_file, who)
    arguments = telling.end(lasts, until, Clock())
    if not (reason or "").strip():
        stop('say why: --reason "the sensor is broken, a new one comes at 4"; others will want to know', Exit.USAGE)
    at.about_alert(Verb.SHELVE, alert, {**arguments, "reason": reason}, "shelved")
