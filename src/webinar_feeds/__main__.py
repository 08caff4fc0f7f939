"""`python -m webinar_feeds`, and the `webinar-feeds` command."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> None:
    """Run the command line, unless it is a build that has nothing to do."""
    # At its end Python looks once more for objects that hold each other, among all that there are:
    # a tenth of a small build, and the memory goes to the system in any case.
    atexit.register(gc.freeze)
    from webinar_feeds import freshness  # noqa: PLC0415 - loads next to nothing

    if freshness.rings(sys.argv[1:]):
        return
    from webinar_feeds.cli.main import cli  # noqa: PLC0415 - click is the command line's alone

    cli(prog_name="webinar-feeds")


if __name__ == "__main__":
    main()
