#!/usr/bin/python3 -B
"""Checks the documents: links resolve, commands and options exist, counts are right, and lines are wrapped.

    tests/docs/documents_test.py MQTTSPEC
"""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 100
PRESETS = {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]}
PROGRAMS = {"mqttspec", "test_model", "test_wire", "fuzz_replay"}  # in build/PRESET

MQTTSPEC = sys.argv[1]
problems = []


def report(file, line, text):
    problems.append(f"{file.relative_to(ROOT)}:{line}: {text}")


def blocks(text):
    """Pairs of the number and the text of each line, and the language of the code block that it is in; None outside of blocks."""
    fence = language = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+)(\w*)", line)
        if mark and fence is None:
            fence, language = mark[1], mark[2]
        elif mark and mark[1] == fence:
            fence = language = None
        else:
            yield number, line, None if fence is None else language


# ---- Links


def anchors(text):
    """The anchors of the headings, as GitHub makes them."""
    headings = [line.lstrip("#").strip() for _, line, language in blocks(text) if language is None and line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(file, text):
    for number, line, language in blocks(text):
        if language is not None:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            linked = (file.parent / path).resolve() if path else file
            if not linked.exists():
                report(file, number, f"expected: {target} exists; got: no such file")
            elif anchor and anchor not in anchors(linked.read_text()):
                report(file, number, f"expected: {target} is a heading; got: none")


# ---- Commands


@cache
def help_of(command):
    """What the command says about itself."""
    if command[0] != "mqttspec":
        return (ROOT / command[0]).read_text()
    return subprocess.run([MQTTSPEC, *command[1:], "--help"], capture_output=True, text=True).stdout


def check_options(file, number, command, arguments):
    known = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", help_of(command)))
    for argument in arguments:
        option = argument.split("=")[0]
        if option.startswith("--") and option not in known:
            report(file, number, f"expected: {' '.join(command)} has {option}; got: its help does not list it")


def check_command(file, number, words):
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return
    program, arguments = words[0], words[1:]
    built = re.fullmatch(r"(?:build/(\w+)/)?([\w.]+)", program)
    if "--preset" in arguments:
        preset = arguments[arguments.index("--preset") + 1]
        if preset not in PRESETS:
            report(file, number, f"expected: a preset of CMakePresets.json; got: {preset}")
    elif built and built[2] == "mqttspec":
        command = ("mqttspec", arguments[0]) if arguments and re.fullmatch("[a-z]+", arguments[0]) else ("mqttspec",)
        if not help_of(command):
            report(file, number, f"expected: a command of mqttspec; got: {arguments[0]}")
        check_options(file, number, command, arguments)
    elif re.match(r"(?:ci|tests|fuzz)/", program):
        if not (ROOT / program).is_file():
            report(file, number, f"expected: {program} exists; got: no such file")
            return
        own = arguments
        if "build/release/mqttspec" in arguments:  # a command that another one runs
            at = arguments.index("build/release/mqttspec")
            own = arguments[:at]
            check_command(file, number, arguments[at:])
        if program == "ci/run-suite":
            check_options(file, number, ("mqttspec", "test"), own)
        else:
            check_options(file, number, (program,), own)
    elif built and built[1]:
        if built[1] not in PRESETS or not (built[2] in PROGRAMS or built[2].startswith("fuzz_")):
            report(file, number, f"expected: a preset and a program of it; got: {program}")
    else:
        report(file, number, f"expected: a program that this test knows; got: {program}")


def check_commands(file, text):
    for number, line, language in blocks(text):
        lines = [line] if language == "sh" else re.findall(r"`((?:mqttspec [a-z]|ci/|tests/[\w/]+(?:\.sh|\.py)? |build/\w+/(?:mqttspec|test_|fuzz_)|ctest )[^`]*)`", line) if language is None else []
        for each in lines:
            if "…" in each:
                continue
            for command in each.split("&&"):
                check_command(file, number, shlex.split(command, comments=True))


# ---- Counts


def check_counts():
    statements = json.loads(subprocess.run([MQTTSPEC, "coverage", "--json", "-"], capture_output=True, text=True, check=True).stdout)["statements"]
    old, new = (sum(statement["mqtt"] == version for statement in statements) for version in ("3.1.1", "5.0"))
    text = " ".join((ROOT / "README.md").read_text().split())
    wanted = f"{old} of MQTT 3.1.1 and {new} of MQTT 5.0"
    if wanted not in text:
        problems.append(f"README.md: expected: {wanted}; got: other counts of statements")


# ---- Lines


def check_width(file, text):
    for number, line, language in blocks(text):
        if language is None and len(line) > WIDTH and not line.startswith(("|", "#", "<!--")) and "`" not in line[WIDTH:]:
            report(file, number, f"expected: at most {WIDTH} columns; got: {len(line)}")


def main():
    for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        text = file.read_text()
        check_links(file, text)
        if file == ROOT / "docs/coverage.md":
            continue  # generated: nothing to wrap, and code spans are ids
        check_commands(file, text)
        check_width(file, text)
    check_counts()
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
