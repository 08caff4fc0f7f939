"""The tables of the journal. Whoever changes one raises `VERSION` and adds a step to `journal`."""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 1
metadata = sa.MetaData()

versions = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, nullable=False))

letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String, nullable=False, index=True),  # what the letter says, as a hash
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("series", sa.String, nullable=False),
    sa.Column("address", sa.String, nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False),  # in flight, sent, refused
    sa.Column("issued", sa.String, nullable=False),
    sa.Column("reply", sa.String, nullable=False),  # the server's words when it refused
    # Numbers must not come back: the order of letters is that of their numbers.
    sqlite_autoincrement=True,
)

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("letter", sa.ForeignKey("letters.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("series", sa.String, nullable=False, index=True),
    sa.Column("session", sa.String, nullable=False),
    sa.Column("uid", sa.String, nullable=False, index=True),
    sa.Column("method", sa.String, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("start", sa.String, nullable=False),
    sa.Column("end", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("address", sa.String, primary_key=True),
    sa.Column("uid", sa.String, primary_key=True),
    sa.Column("series", sa.String, nullable=False, index=True),
    sa.Column("partstat", sa.String, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("stamp", sa.String, nullable=False),
    sa.Column("comment", sa.String, nullable=False),
)

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("address", sa.String, primary_key=True),
    sa.Column("since", sa.String, nullable=False),
)
