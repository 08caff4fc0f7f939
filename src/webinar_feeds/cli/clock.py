"""The time that a command is given, or that of the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import click


def instant(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """The value of an option `--now`; without an offset it is UTC."""
    del ctx, param
    if value is None:
        return None
    try:
        now = datetime.fromisoformat(value)
        return (now.replace(tzinfo=UTC) if now.tzinfo is None else now).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = f"{value!r} is not a time such as 2020-06-01T12:00:00Z"
        raise click.BadParameter(msg) from error


def read() -> datetime:
    """The time of this run; wrong usage where the environment gives something else."""
    from webinar_feeds import pipeline  # noqa: PLC0415 - start-up loads only what is used

    try:
        return pipeline.clock()
    except ValueError:
        msg = "SOURCE_DATE_EPOCH is not a number of seconds since 1970"
        raise click.UsageError(msg) from None
