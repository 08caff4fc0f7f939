"""A bucket that the script of `init` makes a web site, on a server of the S3 interface."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import places
from hosted_site import PLACE
from webinar_feeds import headers, hosting, publishing
from webinar_feeds.hosting import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosted_site import Site

PATH = "/usr/bin:/bin"  # Debian's command line of AWS
BUCKET = "webinars"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server with a bucket."""
    with places.s3(BUCKET) as address:
        yield address


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The address of a server with a bucket; the keys to it are in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**places.KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    return endpoint


def told(place: Place, *arguments: str, path: str = PATH) -> subprocess.CompletedProcess[str]:
    """Run the script that a place is told."""
    (file,) = hosting.files("s3", place)
    script = Path(file.path)
    script.parent.mkdir(exist_ok=True)
    script.write_text(file.text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    environment = {**kept, "PATH": path, "HOME": str(Path.cwd())}
    command = ["sh", str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def asked(endpoint: str, setting: str) -> dict[str, Any]:
    """A setting of the bucket, as the command line of AWS tells it."""
    command = ["aws", "--endpoint-url", endpoint, "s3api", f"get-bucket-{setting}"]
    environment = {**os.environ, "PATH": PATH}
    done = subprocess.run(
        [*command, "--bucket", BUCKET], capture_output=True, check=True, env=environment
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_bucket_becomes_a_site(store: str, site: Site) -> None:
    done = told(PLACE, BUCKET)
    assert (done.returncode, done.stderr) == (0, "")

    policy = json.loads(asked(store, "policy")["Policy"])
    (statement,) = policy["Statement"]
    assert (statement["Principal"], statement["Action"]) == ("*", "s3:GetObject")
    assert statement["Resource"] == f"arn:aws:s3:::{BUCKET}/*"
    shown = asked(store, "website")
    assert shown["IndexDocument"] == {"Suffix": "index.html"}
    assert shown["ErrorDocument"] == {"Key": "404.html"}
    (rule,) = asked(store, "cors")["CORSRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["GET", "HEAD"])

    target = publishing.open_target(f"s3://{BUCKET}")
    publishing.publish(
        publishing.Order(site.folder / "output", target, "tests", lambda: 0.0, print)
    )
    port = int(store.rpartition(":")[2])
    for path, row in site.listed().items():
        status, sent, body = places.request(port, "GET", f"/{BUCKET}/{path}")
        assert (status, body) == (200, (site.www / path).read_bytes())
        wanted = headers.of_the_file(path, row.media_type)
        wanted["Cache-Control"] = headers.cache_control(path, row.media_type)
        wanted.pop("Access-Control-Allow-Origin", None)  # the bucket's, by its rule
        assert {name: sent.get(name.lower()) for name in wanted} == wanted
        known = {"If-None-Match": sent["etag"]}
        assert places.request(port, "GET", f"/{BUCKET}/{path}", known)[0] == 304


def test_it_can_be_told_again(store: str) -> None:
    assert told(PLACE, BUCKET).returncode == 0
    before = asked(store, "cors")

    assert told(PLACE, BUCKET).returncode == 0
    assert asked(store, "cors") == before


def test_amazons_lock_against_reading_is_opened_for_policies_alone(
    store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without AWS_ENDPOINT_URL the store is Amazon's; here its command asks another server."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin/aws"
    own.write_text(f'#!/bin/sh\nexec /usr/bin/aws --endpoint-url {store} "$@"\n', encoding="utf-8")
    own.chmod(0o755)

    done = told(PLACE, BUCKET, path=f"{own.parent}:{PATH}")

    assert (done.returncode, done.stderr) == (0, "")
    lock = subprocess.run(
        [own, "s3api", "get-public-access-block", "--bucket", BUCKET],
        capture_output=True,
        check=True,
        env={**os.environ, "PATH": PATH},
    )
    assert json.loads(lock.stdout)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }


@pytest.mark.parametrize(
    ("base_url", "key"),
    [
        (None, "404.html"),
        ("https://w.example.org/seminars/", "seminars/404.html"),
        ("https://w.example.org/d%C3%A9jeuner/$HOME/'it'/", "déjeuner/$HOME/'it'/404.html"),
    ],
)
def test_a_site_below_a_folder_has_its_own_page_for_what_is_missing(
    store: str, base_url: str | None, key: str
) -> None:
    done = told(Place("events", "output", base_url), BUCKET)

    assert (done.returncode, done.stderr) == (0, "")
    assert asked(store, "website")["ErrorDocument"] == {"Key": key}


def test_the_script_names_where_to_publish() -> None:
    (file,) = hosting.files("s3", PLACE._replace(base_url="https://w.example.org/a/b/"))

    assert "#   webinar-feeds publish s3://BUCKET/a/b\n" in file.text


def test_a_bucket_has_to_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = told(PLACE)

    assert done.returncode != 0
    assert "the name of the bucket is missing" in done.stderr


@pytest.mark.usefixtures("store")
def test_a_refused_setting_ends_the_script() -> None:
    done = told(PLACE, "another-bucket")

    assert done.returncode != 0
    assert "NoSuchBucket" in done.stderr
