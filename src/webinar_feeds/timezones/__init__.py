"""Time zones and civil time: what a written time means, and when it happens.

Every instant of the product is made here.
"""

from webinar_feeds.timezones.civil import (
    Localized,
    form,
    localize,
    out_of_range,
    readings,
    skipped_time,
    spelled,
    start_of_day,
)
from webinar_feeds.timezones.labels import Problem, Zone, understand
from webinar_feeds.timezones.rules import Onset, Weekday, Yearly, yearly
from webinar_feeds.timezones.tzdb import at, database_version, known, names, offset_name, seconds

__all__ = [
    "Localized",
    "Onset",
    "Problem",
    "Weekday",
    "Yearly",
    "Zone",
    "at",
    "database_version",
    "form",
    "known",
    "localize",
    "names",
    "offset_name",
    "out_of_range",
    "readings",
    "seconds",
    "skipped_time",
    "spelled",
    "start_of_day",
    "understand",
    "yearly",
]
