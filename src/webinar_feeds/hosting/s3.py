"""Object storage that speaks like S3: what makes a bucket a web site, as a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from webinar_feeds.hosting import File, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webinar_feeds.hosting import Place

SCRIPT = "hosting/s3.sh"
# Everybody may read every file, and list none.
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "EverybodyReads",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::$bucket/*",
        }
    ],
}
# Other sites' pages read calendars and feeds (H7); a bucket has one rule for all files.
_SHARED = {
    "CORSRules": [
        {
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["GET", "HEAD"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]
}
# What is said by policies is let through; lists of rights in files are not.
_LOCK = (
    "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false"
)


def files(place: Place) -> tuple[File, ...]:
    """A script that says all of it to a bucket, once."""
    return (File(SCRIPT, "\n".join((*_script(place), ""))),)


def _script(place: Place) -> Iterator[str]:
    parts = urlsplit(place.base_url or "")
    folder = unquote(parts.path).strip("/")
    where = f"/{rules.safe(parts.path.strip('/'))}" if folder else ""
    yield "#!/bin/sh"
    yield "# Makes a bucket a web site that everybody may read. Needs the command line of AWS, and"
    yield "# keys in the environment; AWS_ENDPOINT_URL, for other stores that speak like S3."
    yield "# `webinar-feeds init --host s3` writes it anew."
    yield "#"
    yield "#   sh hosting/s3.sh BUCKET                           once"
    yield f"#   webinar-feeds publish s3://BUCKET{where}"
    yield "#"
    yield "# `publish` stores files with Content-Type, Cache-Control and Content-Disposition."
    yield "set -eu"
    yield 'bucket=${1:?"the name of the bucket is missing: sh hosting/s3.sh BUCKET"}'
    yield ""
    yield 's3api() { aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} s3api "$@"; }'
    yield ""
    yield "# Amazon's buckets begin with a lock against public reading; others know no such lock."
    yield 'if [ -z "${AWS_ENDPOINT_URL:-}" ]; then'
    yield '  s3api put-public-access-block --bucket "$bucket" \\'
    yield f"    --public-access-block-configuration {_LOCK}"
    yield "fi"
    yield "# Everybody may read every file, and list none."
    yield from _said("policy", _POLICY, "END")
    yield "# Other sites' pages may read calendars and feeds."
    yield from _said("cors", _SHARED, "'END'", "configuration")
    yield "# Folders are shown as pages, and what is missing as the page that says so."
    missing = f"{folder}/404.html" if folder else "404.html"
    site = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": missing}}
    yield from _said("website", site, "'END'", "configuration")


def _said(name: str, document: Any, mark: str, *more: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """One setting of the bucket; the shell looks into the document where `mark` is not quoted."""
    option = "-".join((name, *more))
    yield f"{name}=$(cat <<{mark}"
    yield json.dumps(document, indent=2)
    yield "END"
    yield ")"
    yield f's3api put-bucket-{name} --bucket "$bucket" --{option} "${name}"'
