"""Webinar series as calendars, invites and feeds that show everyone the right time."""

__version__ = "0.1.0"
