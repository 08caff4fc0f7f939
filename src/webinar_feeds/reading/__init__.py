"""The way in: the bytes of event files to sites and series, with everything that is wrong."""
