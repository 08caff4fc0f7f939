from __future__ import annotations

from typing import Any

import click
import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from webinar_feeds.cli.main import COMMANDS, cli


def completed(*words: str) -> list[str]:
    """What a shell offers for the last of the words."""
    *before, last = words
    shell = get_completion_class("bash")
    assert shell is not None
    asked = shell(cli, {}, "webinar-feeds", "_WEBINAR_FEEDS_COMPLETE")
    return [each.value for each in asked.get_completions(before, last)]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("",), list(COMMANDS)),
        (("c",), ["check", "completion"]),
        (("check", "--f"), ["--format"]),
        (("check", "--format", ""), ["text", "json", "github"]),
        (("build", "--re"), ["--replace-foreign"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("schema", "s"), ["series", "site"]),
        (("nonsense", "x"), []),
    ],
)
def test_a_shell_is_offered_what_fits(words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_its_own_help_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)

    assert command is not None
    assert command.get_short_help_str(limit=100) == COMMANDS[name]


@pytest.mark.parametrize(
    ("environment", "escapes"), [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)]
)
def test_colours_can_be_declined(tmp_path: Any, environment: dict[str, str], escapes: bool) -> None:
    """`NO_COLOR` counts when it is not empty (no-color.org)."""
    runner = CliRunner(env={"NO_COLOR": None, **environment})

    done = runner.invoke(cli, ["check", str(tmp_path)], color=True)

    assert done.exit_code == 1
    assert ("\x1b[" in done.output) is escapes
