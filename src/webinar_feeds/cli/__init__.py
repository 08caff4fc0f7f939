"""The command line: a thin face of the library. Reads arguments, calls, prints."""
