#!/usr/bin/python3 -B
"""docs/coverage.md is what `mqttspec coverage --markdown` writes.

    tests/docs/coverage_test.py MQTTSPEC
"""

import difflib
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "coverage.md"


def main():
    mqttspec = sys.argv[1]
    written = subprocess.run([mqttspec, "coverage", "--markdown", "-"], capture_output=True, text=True, check=True, timeout=60).stdout
    kept = FILE.read_text() if FILE.exists() else ""
    if written == kept:
        return
    for line in list(difflib.unified_diff(kept.splitlines(), written.splitlines(), "docs/coverage.md", "now", n=0, lineterm=""))[:40]:
        print(line[:200])
    sys.exit(f"docs/coverage.md is out of date; make it anew: {mqttspec} coverage --markdown docs/coverage.md")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
