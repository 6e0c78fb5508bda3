"""`fleetmon unshelve ALERT`: tell me of it again."""

import typer

from fleetmon.cli import status_source as source
from fleetmon.cli import telling
from fleetmon.publish.command_payloads import Verb


def unshelve(
    context: typer.Context,
    alert: telling.AlertArgument,
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
    """Have a shelved alert told again before its time."""
    at = telling.Way(context, control, broker, site, root, ca, certificate, key, username, password_file, who)
    at.about_alert(Verb.UNSHELVE, alert, {}, "no longer shelved")
