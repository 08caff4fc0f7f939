"""GitLab: a pipeline that checks merge requests, says what they change, and publishes to Pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from webinar_feeds.hosting import File, steps

if TYPE_CHECKING:
    from webinar_feeds.hosting import Place

PATH: Final = ".gitlab-ci.yml"
# GitLab's Pages are made of a folder of this name.
FOLDER: Final = "public"


def files(place: Place) -> tuple[File, ...]:
    """The pipeline of a project that holds the event files."""
    return (File(PATH, _pipeline(place)),)


def _pipeline(place: Place) -> str:
    return f"""\
# Checks every merge request, says there what subscribers would see, and publishes the default
# branch to GitLab Pages. Add a schedule (Build, Pipeline schedules) for every night: recordings
# appear, and what is cancelled leaves, when their time has come.
# `webinar-feeds init --host gitlab` writes it anew.
#
# What has been published is read at the address that PUBLISHED says. The first time there is
# nothing: run a pipeline by hand then, with the variable FIRST set to true. Without an address,
# build at home and commit the folder `ledger` beside the event files.
variables:
  EVENTS: {json.dumps(place.events)}
  OUTPUT: {FOLDER}
  PUBLISHED: {json.dumps(place.base_url or "")}
  FIRST: "false"
default:
  image: python:3.12-slim
  before_script:
    - {steps.INSTALL}check:
  stage: test
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - webinar-feeds check "$EVENTS"
    - {steps.block(steps.COMPARE, 6)}  artifacts:
    expose_as: What subscribers will see
    paths:
      - changes.md
pages:
  stage: deploy
  resource_group: pages # one after another: each reads what the one before has published
  rules:
    - if: $CI_PIPELINE_SOURCE != "merge_request_event" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - {steps.block(steps.BUILD, 6)}  artifacts:
    paths:
      - {FOLDER}
"""
