"""`python -m webinar_feeds`, and the `webinar-feeds` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from webinar_feeds.cli.main import cli  # noqa: PLC0415 - click is the command line's alone

    cli(prog_name="webinar-feeds")


if __name__ == "__main__":
    main()
