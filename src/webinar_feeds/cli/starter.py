"""The first event files of somebody who has none: what `init` writes into an empty folder."""

from __future__ import annotations

from typing import Final

SITE: Final = """\
# What all series of this folder share. Lines that begin with # say nothing until you remove it.
title: Our webinars
language: en
formats: [calendar, feeds, pages]

# Where the output will be found, once you know; without it nothing can be subscribed to.
# base_url: https://webinars.example.org/
"""
SERIES_NAME: Final = "example-series.yaml"
SERIES: Final = """\
# A series is a file, and the name of the file is its id, which becomes part of addresses: give this
# one the name of your series before you publish it. `webinar-feeds check` says what is wrong here.
title: An example of a series
summary: What it is about, in a sentence or two, with **Markdown** if you like.
organizers: [The Library]
# page: https://www.example.org/series    # where people find out more

# What stands here holds for every session that does not say otherwise.
timezone: Europe/Berlin
time: 12:30–13:15                         # by the clock there
# registration: https://www.example.org/register

sessions:
  - id: opening                           # never changes, also when title and date do
    date: 14 January 2027
    title: The first session
    talks:
      - title: What the speaker calls it
        speakers: [{name: Ana Lima, role: Biologist, city: Lisbon, timezone: Europe/Lisbon}]
    # recording: https://video.example.org/opening    # when it is over

  - id: second
    date: 11 February 2027
    title: The second session
    # status: cancelled                   # or postponed, tentative
"""
