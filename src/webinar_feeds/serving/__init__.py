"""The preview: an output folder on loopback, as a careful host would serve it, and live.

Answers only this machine, and only by names that mean it. Knows no event file and no build: it is
told what became of one, serves what lies in the folder, and tells the browsers that are looking.
"""

from __future__ import annotations

from webinar_feeds.serving.live import Live, State
from webinar_feeds.serving.server import HOST, Server
from webinar_feeds.serving.watching import Watch

__all__ = ["HOST", "Live", "Server", "State", "Watch"]
