"""`webinar-feeds explain`."""

from __future__ import annotations

from pathlib import Path

import click

from webinar_feeds import diagnostics

PAGES = Path(__file__).parent.parent / "explanations"


def catalogue() -> dict[str, diagnostics.Rule]:
    """Every rule there is, by its code, in order."""
    from webinar_feeds import errands, output, pipeline, publishing  # noqa: F401, PLC0415 - their imports declare every rule
    from webinar_feeds.invitations import accounts, journal, preparing, tally  # noqa: F401, PLC0415 - as above
    from webinar_feeds.rendering.pages import overrides  # noqa: F401, PLC0415 - as above

    return dict(sorted(diagnostics.CATALOGUE.items()))


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a diagnostic code, with an example.

    Without CODE, list all of them.

    \b
    Examples:
      webinar-feeds explain WF203
      webinar-feeds explain
    """
    rules = catalogue()
    if code is None:
        for each in rules.values():
            click.echo(f"{each.code}  {each.severity.value:<7}  {each.message}")
        return
    wanted = code.upper().strip("[]")
    if wanted not in rules:
        msg = f"there is no code {code}; `webinar-feeds explain` lists all of them"
        raise click.UsageError(msg)
    click.echo((PAGES / f"{wanted}.md").read_text(encoding="utf-8").rstrip())
