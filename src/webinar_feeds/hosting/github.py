"""GitHub: a workflow that checks proposals, says what they change, and publishes to Pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from webinar_feeds.hosting import File, steps

if TYPE_CHECKING:
    from webinar_feeds.hosting import Place

PATH: Final = ".github/workflows/webinars.yml"
# From forks no token may write; there the summary of the run says the same.
_OWN: Final = "github.event.pull_request.head.repo.full_name == github.repository"


def files(place: Place) -> tuple[File, ...]:
    """The workflow of a repository that holds the event files."""
    return (File(PATH, _workflow(place)),)


def _workflow(place: Place) -> str:
    begin = f"""\
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install
        run: {steps.INSTALL}"""
    return f"""\
# Checks every pull request, says there what subscribers would see, and publishes the main branch
# to GitHub Pages. Choose “GitHub Actions” as the source of Pages in the settings of the repository.
# `webinar-feeds init --host github` writes it anew.
#
# What has been published is read at the address that PUBLISHED says. The first time there is
# nothing: start the workflow by hand then, and say so. Without an address, build at home and commit
# the folder `ledger` beside the event files.
name: Webinars
"on":
  pull_request:
  push:
    branches: [main]
  schedule: # recordings appear, and what is cancelled leaves, when their time has come
    - cron: "17 3 * * *"
  workflow_dispatch:
    inputs:
      first:
        description: Nothing has been published at the address yet
        type: boolean
        default: false
permissions:
  contents: read
env:
  EVENTS: {json.dumps(place.events)}
  OUTPUT: {json.dumps(place.output)}
  PUBLISHED: {json.dumps(place.base_url or "")}
jobs:
  check:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write
    steps:
{begin}      - name: Check
        run: webinar-feeds check "$EVENTS" --format github
      - name: Compare
        run: {steps.block(steps.SUMMARY, 10)}      - name: Comment
        if: {_OWN}
        env:
          TOKEN: ${{{{ github.token }}}}
          NUMBER: ${{{{ github.event.pull_request.number }}}}
        run: {steps.block(steps.COMMENT, 10)}  publish:
    if: github.event_name != 'pull_request'
    runs-on: ubuntu-latest
    concurrency: # one after another: each reads what the one before has published
      group: webinars
      cancel-in-progress: false
    permissions:
      contents: read
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{{{ steps.deploy.outputs.page_url }}}}
    steps:
{begin}      - name: Build
        env:
          FIRST: ${{{{ inputs.first }}}}
        run: {steps.block(steps.BUILD, 10)}      - uses: actions/upload-pages-artifact@v3
        with:
          path: {json.dumps(place.output)}
      - id: deploy
        uses: actions/deploy-pages@v4
"""
