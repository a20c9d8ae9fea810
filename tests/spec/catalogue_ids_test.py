#!/usr/bin/python3 -B
"""Compares the catalogue's ids with the statements extracted from the two standards.

    tests/spec/catalogue_ids_test.py MQTTSPEC [FOLDER]

The extracted statements quote the standards, which must not be copied, so they are expected next to the repository (../shared/spec), not in it.
tests/spec/catalogue_test.cpp checks the ids without them.
Exit: 0 the same ids in the same order; 1 differences; 77 the folder does not exist (1 if CI is set).
"""

import difflib
import json
import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
ROOT = Path(__file__).resolve().parents[2]


def ids_of_the_standards(folder):
    ids = []
    for file in sorted(folder.glob("*.json")):
        standard = json.loads(file.read_text())
        ids += [(standard["mqtt_version"], statement["id"]) for statement in standard["statements"]]
    return sorted(ids, key=lambda entry: entry[0])  # stable: keeps the order within a version


def ids_of_the_catalogue(mqttspec):
    output = subprocess.run([mqttspec, "coverage", "--json", "-"], stdout=subprocess.PIPE, timeout=60, check=True).stdout
    ids = [(statement["mqtt"], statement["id"]) for statement in json.loads(output)["statements"]]
    return sorted(ids, key=lambda entry: entry[0])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[2]) if len(sys.argv) == 3 else ROOT.parent / "shared" / "spec"
    if not any(folder.glob("*.json")):
        print(f"no extracted statements in {folder}")
        sys.exit(1 if os.environ.get("CI") else SKIPPED)

    wanted, found = ids_of_the_standards(folder), ids_of_the_catalogue(sys.argv[1])
    as_lines = [[" ".join(entry) for entry in ids] for ids in (wanted, found)]
    differences = list(difflib.unified_diff(*as_lines, "standards", "catalogue", lineterm="", n=1))
    print("\n".join(differences) or f"the same {len(found)} ids in the same order")
    sys.exit(1 if differences or not found else 0)


if __name__ == "__main__":
    main()
