"""moto's S3 server on a port of this machine, one request at a time: `python s3_server.py PORT`.

S3 looks at a condition and stores in one step; moto does not, and two who make one file at once
would now and then both have made it.
"""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

_serve = DomainDispatcherApplication(create_backend_app)
_turn = Lock()


def serve(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer a request when those before it have been answered."""
    with _turn:
        return list(_serve(environ, start_response))


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), serve, threaded=True)
