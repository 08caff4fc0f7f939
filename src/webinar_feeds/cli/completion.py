"""`webinar-feeds completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands in your shell.

    \b
    Put into
      ~/.bashrc   eval "$(webinar-feeds completion bash)"
      ~/.zshrc    eval "$(webinar-feeds completion zsh)"
    or, for fish, into ~/.config/fish/completions/webinar-feeds.fish.
    """
    shown = get_completion_class(shell)
    assert shown is not None  # noqa: S101 - the choices are click's own
    root = ctx.find_root()
    click.echo(shown(root.command, {}, "webinar-feeds", "_WEBINAR_FEEDS_COMPLETE").source())
