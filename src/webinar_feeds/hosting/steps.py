"""What a forge runs, step by step, as shell scripts: the same in a workflow and in the action.

They take everything from the environment, so that no name or title ever becomes a command:
`EVENTS` and `OUTPUT` are folders; `PUBLISHED` is where the site is read, empty when its ledger is
kept beside the event files; `FIRST` is `true` when nothing has been published there.
"""

from __future__ import annotations

from typing import Final

from webinar_feeds import __version__

INSTALL: Final = f"pip install webinar-feeds=={__version__}\n"
BUILD: Final = """\
if [ -n "$PUBLISHED" ] && [ "$FIRST" != true ]; then
  webinar-feeds build "$EVENTS" --output "$OUTPUT" --previous "$PUBLISHED"
else
  webinar-feeds build "$EVENTS" --output "$OUTPUT"
fi
"""
# What cannot be compared is no mistake of whoever proposes a change.
_COMPARE: Final = """\
  webinar-feeds diff "$EVENTS" --format markdown ${PUBLISHED:+--against "$PUBLISHED"} ||
    echo "What has been published could not be read, so nothing is compared."
"""
COMPARE: Final = f"{{\n{_COMPARE}}} >changes.md\ncat changes.md\n"
MARK: Final = "<!-- webinar-feeds -->"
SUMMARY: Final = f"""\
{{
  echo "{MARK}"
{_COMPARE}}} >"$RUNNER_TEMP/changes.md"
cat "$RUNNER_TEMP/changes.md" >>"$GITHUB_STEP_SUMMARY"
"""
# One comment for each pull request, which is rewritten: the one that begins with the mark. GitHub
# takes no more than 65536 characters.
COMMENT: Final = f"""\
comments="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"
ask() {{
  curl --fail --silent --show-error --header "Authorization: Bearer $TOKEN" \\
    --header "Accept: application/vnd.github+json" "$@"
}}
ours='map(select(.user.type == "Bot" and (.body | startswith("{MARK}")))) | .[0].id // empty'
page=1 known=
while [ -z "$known" ]; do
  ask "$comments/$NUMBER/comments?per_page=100&page=$page" >"$RUNNER_TEMP/comments.json"
  known=$(jq --raw-output "$ours" "$RUNNER_TEMP/comments.json")
  [ "$(jq length "$RUNNER_TEMP/comments.json")" -eq 100 ] || break
  page=$((page + 1))
done
jq --raw-input --slurp '{{body: .[:65000]}}' "$RUNNER_TEMP/changes.md" >"$RUNNER_TEMP/comment.json"
if [ -n "$known" ]; then
  ask --request PATCH --data "@$RUNNER_TEMP/comment.json" "$comments/comments/$known" >/dev/null
else
  ask --data "@$RUNNER_TEMP/comment.json" "$comments/$NUMBER/comments" >/dev/null
fi
"""


def block(script: str, depth: int) -> str:
    """A script as a literal block of YAML, indented so deep."""
    return "|\n" + "".join(f"{' ' * depth}{line}\n" for line in script.splitlines())
