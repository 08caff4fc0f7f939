"""A site's own templates and assets in place of ours, and what is said when one cannot be used."""

from __future__ import annotations

from webinar_feeds.diagnostics import Severity, declare

unusable = declare(
    "WF804",
    Severity.ERROR,
    "the template cannot be used: {why}",
    help="correct it, or remove `{path}`: the page is then made by the template that we have",
)
ENDING = ".html"  # of a template; everything else lies beside the pages
