"""What the tests share that hold the codec against other decoders."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77

SUBSCRIPTION_IDENTIFIER = 0x0B
USER_PROPERTY = 0x26


def need(program):
    """A missing program is a failure in continuous integration, and a skipped test elsewhere."""
    if shutil.which(program):
        return
    print(f"{program} is not installed; this test asks it what it makes of packets", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") else SKIPPED)


def run(command, lines=None, text=True, **options):
    """The output of a filter. Ends the test if it fails. (Not for splitlines(): strings hold other characters that end lines.)"""
    given = None if lines is None else "".join(json.dumps(line) + "\n" for line in lines)
    if not text and given is not None:
        given = given.encode()
    done = subprocess.run(command, input=given, text=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{command} failed: {done.stderr}")
    return done.stdout


def npm_ci(manifest, folder):
    """Installs into `folder` what package.json and package-lock.json in `manifest` name, once for each lock file."""
    lock = manifest / "package-lock.json"
    installed = folder / "installed-lock.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(manifest / name, folder)
    run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
    shutil.copy(lock, installed)


class CodecTool:
    """tests/differential/codec_tool.cpp"""

    def __init__(self, program):
        self.program = program

    def _lines(self, *words, lines=None):
        return [json.loads(line) for line in run([self.program, *map(str, words)], lines).split("\n")[:-1]]

    def generate(self, seed, count):
        return self._lines("generate", seed, count)

    def malformed(self, seed, count):
        return self._lines("malformed", seed, count)

    def decode(self, lines):
        return self._lines("decode", lines=lines)

    def pcapng(self, lines):
        return run([self.program, "pcapng"], lines, text=False)


def comparable(packet):
    """Our packet with its properties by identifier, since most programs do not keep their order; user properties by name."""
    changed = {**packet}
    if "properties" in changed:
        changed["properties"] = by_identifier(changed["properties"])
    if "properties" in changed.get("will", {}):
        changed["will"] = {**changed["will"], "properties": by_identifier(changed["will"]["properties"])}
    return changed


def by_identifier(properties):
    found = {}
    for identifier, value in properties:
        if identifier == USER_PROPERTY:
            found.setdefault(identifier, {}).setdefault(value[0], []).append(value[1])
        elif identifier == SUBSCRIPTION_IDENTIFIER:
            found.setdefault(identifier, []).append(value)
        else:
            found[identifier] = value
    return found


def differing_fields(ours, theirs):
    return sorted(field for field in ours.keys() | theirs.keys() if ours.get(field) != theirs.get(field))


class Differences:
    """Gathers differences by kind, and holds them to the file that explains them: neither one without a reason, nor a reason without one."""

    def __init__(self, file, section):
        self.file = Path(file)
        self.section = section
        self.explained = {}
        with open(self.file, "rb") as opened:
            for entry in tomllib.load(opened).get(section, []):
                for kind in entry["differences"]:
                    assert kind not in self.explained, f"{kind} is explained twice"
                    self.explained[kind] = entry["reason"]
        self.found = {}

    def add(self, kind, example):
        self.found.setdefault(kind, []).append(example)

    def verdict(self):
        """@return the number of things wrong, which have been printed"""
        wrong = 0
        for kind, examples in sorted(self.found.items()):
            if kind in self.explained:
                continue
            wrong += 1
            print(f"NOT EXPLAINED in {self.file.name}, [[{self.section}]]: {kind}   ({len(examples)} times)\n    for instance {examples[0]}")
        for kind in sorted(self.explained.keys() - self.found.keys()):
            wrong += 1
            print(f"EXPLAINED in {self.file.name}, [[{self.section}]], but not found any more: {kind}")
        return wrong
