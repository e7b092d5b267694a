"""Every command, option, settings key and word of the page that the documents name is really there."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import msgspec
import pytest

from edge import config_file
from edge.cli import cli
from edge.config import Config
from edge.errors import AffettoError
from edge.explain.request import Request
from export.cli import main as model_cli
from tests.docs.pages import DOCS, PAGES, ROOT, Page

COMMANDS = {"affetto": cli, "affetto-model": model_cli}
PLACES = (".venv/bin/", "sudo ")
pages = pytest.mark.parametrize("page", [Page(path) for path in PAGES], ids=lambda page: page.path.name)


def typed(page: Page) -> list[str]:
    """Return every line of a shell that a page shows, and every piece of code in its text."""
    lines = [line.partition("  #")[0].strip() for block in page.blocks("sh") for line in block.splitlines()]
    return [*filter(None, lines), *re.findall(r"`([^`\n]+)`", page.prose)]


def parse(line: str) -> None:
    """Raise click.UsageError or AffettoError where the real command line would."""
    name, *words = shlex.split(line)
    command: click.Command = COMMANDS[name]
    while isinstance(command, click.Group):
        if not words or words[0] in ("--help", "--version", "…"):
            return
        if words[0] not in command.commands:
            raise click.UsageError(f"no command {words[0]}")
        command = command.commands[words.pop(0)]
    if "…" in words or "--help" in words:
        return
    context = click.Context(command, info_name=command.name)
    given, _, _ = command.make_parser(context).parse_args(list(words))
    for parameter in command.params:
        value = given.get(parameter.name)
        if value is not None and not isinstance(parameter.type, click.Path) and not str(value).isupper():
            parameter.type_cast_value(context, value)
    if command.name == "explain":
        known = {field.name for field in dataclasses.fields(Request)}
        asked = {key: value for key, value in given.items() if key in known and value is not None}
        Request(**{key: int(value) if key in ("samples", "seed") else value for key, value in asked.items()})


@pages
def test_commands_are_accepted_by_the_real_command_line(page: Page) -> None:
    wrong = []
    for line in typed(page):
        bare = re.sub(rf"^({'|'.join(map(re.escape, PLACES))})+", "", line)
        if bare.split(maxsplit=1)[:1] and bare.split()[0] in COMMANDS and len(bare.split()) > 1:
            try:
                parse(bare)
            except (click.UsageError, AffettoError) as error:
                wrong.append(f"{line}: {error}")
    assert wrong == []


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    for line in ("affetto listen", "affetto run --lights pwm", "affetto stage maybe", "affetto explain F --by magic"):
        with pytest.raises((click.UsageError, AffettoError)):
            parse(line)


@pytest.fixture(scope="module")
def usage() -> dict[str, str]:
    """What scripts say of themselves when they are asked for help."""
    commands = {
        "install.sh": ["bash", ROOT / "systemd/install.sh", "--help"],
        "affetto-wifi": ["sh", ROOT / "systemd/wifi.sh", "--help"],
        "affetto-ableton.py": [sys.executable, DOCS / "examples/affetto-ableton.py", "--help"],
    }
    return {
        script: subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for script, command in commands.items()
    }


@pages
def test_scripts_and_targets_have_the_options_that_are_shown(page: Page, usage: dict[str, str]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in typed(page):
        for script, shown in usage.items():
            if re.search(rf"(^|[/ ]){re.escape(script)} ", line):
                words = line.split(script, 1)[1].split()
                named = [word for word in words if word.startswith("--")]
                if script == "affetto-wifi":
                    named += words[:1]
                assert all(word in shown for word in named), line
        if found := re.match(r"make ([a-z-]+)", line):
            assert re.search(rf"^{found[1]}:", makefile, re.MULTILINE), line


KEY = re.compile(r"(?<![-\w/])((?:audio|decision|led|osc|midi|web|explain|takes|model)\.[a-z_]+)\b")
DEFAULTS = msgspec.to_builtins(Config())


@pages
def test_settings_that_are_named_exist(page: Page) -> None:
    for code in typed(page):
        for key in KEY.findall(code):
            section, name = key.split(".")
            if not (ROOT / f"edge/{section}.{name}").exists():  # a file, such as model.py
                assert name in DEFAULTS[section], key


@pages
def test_settings_that_are_shown_are_good(page: Page, tmp_path: Path) -> None:
    for number, block in enumerate(page.blocks("toml")):
        assert tomllib.loads(block)
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        config_file.load(file)
    for code in re.findall(r"`((?:[a-z]+\.)[a-z_]+ = [^`]+)`", page.prose):
        file = tmp_path / "one.toml"
        key, _, value = code.partition(" = ")
        section, name = key.split(".")
        file.write_text(f"[{section}]\n{name} = {value}\n")
        config_file.load(file)


NOT_OURS = {
    *(
        "Join",
        "MIDI",
        "MIDI learn",
        "Hi-Z",
        "Sign in to network",
        "Receive",
        "Send",
        "Connections → OSC",
        "Messages → OSC",
    ),
    *("Small Signal Audio Design", "Guitar Preamplifiers"),
}
"""Words of phones, of other programs and of books."""


@pytest.mark.parametrize("name", ["guitarist", "luthier", "install", "gear"])
def test_words_of_the_page_stand_on_the_page(name: str) -> None:
    page = Page(DOCS / f"{name}.md")
    said = "".join(
        path.read_text("utf-8") for path in (*(ROOT / "webui").glob("*.js"), *(ROOT / "webui").glob("*.html"))
    )
    said += (ROOT / "edge/outputs/osc/trial.py").read_text("utf-8")
    said = said.replace("’", "'").lower()
    prose = " ".join(re.sub(r"`[^`]*`", "", page.prose).replace("’", "'").split())
    words = [part for bold in re.findall(r"\*\*([^*]+)\*\*", prose) if "→" in bold for part in bold.split(" → ")]
    words += re.findall(r"\*([A-Z][^*]+)\*", re.sub(r"\*\*[^*]+\*\*", "", prose))
    missing = []
    for word in {word.rstrip(".") for word in words} - NOT_OURS:
        pattern = re.escape(word.lower()).replace(re.escape("…"), ".*")
        if not re.search(pattern, said):
            missing.append(word)
    assert missing == []
