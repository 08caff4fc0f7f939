"""`python -m webinar_feeds`, and the `webinar-feeds` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, unless it is a build that has nothing to do."""
    from webinar_feeds import freshness  # noqa: PLC0415 - loads next to nothing

    if freshness.rings(sys.argv[1:]):
        return
    from webinar_feeds.cli.main import cli  # noqa: PLC0415 - click is the command line's alone

    cli(prog_name="webinar-feeds")


if __name__ == "__main__":
    main()
