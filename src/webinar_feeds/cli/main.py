"""The `webinar-feeds` command: its subcommands are imported when they are called."""

from __future__ import annotations

import os
from importlib import import_module

import click

from webinar_feeds import __version__
from webinar_feeds.rendering import Broken

COMMANDS = {
    "init": "Begin: a first series, or what a host has to be told.",
    "build": "Build the calendars, invites and feeds.",
    "check": "Say what is wrong in the event files, and how to mend it.",
    "diff": "Say what subscribers will see if you publish now.",
    "verify": "Prove the output with programs that are not ours.",
    "publish": "Bring the output to where people find it.",
    "serve": "Preview the site in the browser while you write.",
    "show": "Show the programme: what, when, with whom.",
    "times": "Show when each session is, in any time zones.",
    "invite": "Invite people to sessions by mail, and tell them what has changed.",
    "remind": "Remind people of the sessions that begin soon.",
    "announce-recording": "Tell people that the recording of a session is there.",
    "replies": "Read who accepts and who declines, and who wants no more letters.",
    "attendance": "Show who comes, and forget a person.",
    "ledger": "Show, bring back or merge the memory of what has been published.",
    "explain": "Explain a diagnostic code, with an example.",
    "schema": "Print the JSON Schema of the event file, for editors.",
    "completion": "Print the script that completes commands in your shell.",
}


class Commands(click.Group):
    """A group whose commands live in one module each, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of a first visit."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = import_module(f"webinar_feeds.cli.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a package of others that cannot be used is told in a sentence."""
        try:
            return super().invoke(ctx)
        except Broken as broken:
            click.echo(f"error: {broken}; update the package or remove the format", err=True)
            raise SystemExit(2) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Calendars, invites and feeds that show everyone the right time.

    You write one YAML file a webinar series into `events/`; `build` makes what people subscribe
    to in `output/`.

    \b
    Start here:
      webinar-feeds init           a first series in events/
      webinar-feeds check          what is wrong in events/, with the line
      webinar-feeds build          events/ to output/
      webinar-feeds times          when is that for whom?

    Exit status: 0 all is well, 1 errors in the event files, 2 wrong usage, 3 trouble with the
    disk or its permissions.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
