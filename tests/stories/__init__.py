"""Stories: what organisers do over weeks, through the command line and the library's face.

Nothing here looks inside the product: a story edits event files, builds, and reads what came out
as its subscribers do.
"""
