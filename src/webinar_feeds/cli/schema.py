"""`webinar-feeds schema`."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("file", type=click.Choice(["series", "site"]), default="series")
def command(file: str) -> None:
    """Print the JSON Schema of the event file, for editors.

    FILE is `series` (an event file, the default) or `site` (site.yaml).

    \b
    Examples:
      webinar-feeds schema > events/.series.schema.json
      then, as the first line of an event file:
      # yaml-language-server: $schema=.series.schema.json
    """
    from webinar_feeds.reading import schema  # noqa: PLC0415 - start-up loads only what is used

    click.echo(schema.dump(schema.SERIES if file == "series" else schema.SITE), nl=False)
