#!/usr/bin/python3 -B
"""Writes the traffic in a JSON report of mqttspec in the plain form that fuzz/make_seeds reads.

    mqttspec test --json REPORT.json && fuzz/traffic.py REPORT.json > TRAFFIC

One line for each thing that happened, and an empty line behind each case:

    mqtt VERSION               a case begins
    sent CONNECTION HEX        by the client
    received CONNECTION HEX
    left CONNECTION            the client closed
    closed CONNECTION          the broker closed
    passed SECONDS             without anything happening
"""

import json
import sys
from pathlib import Path

SHORTEST_WAIT = 0.5  # seconds; less is the time that packets take

EVENTS = {"we closed the Network Connection": "left", "the broker closed the Network Connection": "closed"}


def lines_of(case):
    yield f"mqtt {case['mqtt']}"
    last = 0.0
    for line in case["trace"]:
        if line["at"] - last > SHORTEST_WAIT:
            yield f"passed {line['at'] - last:.3f}"
        last = line["at"]
        if line["hex"]:
            yield f"{line['kind']} {line['connection']} {line['hex'].replace(' ', '')}"
        elif line["text"] in EVENTS:
            yield f"{EVENTS[line['text']]} {line['connection']}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for case in json.loads(Path(sys.argv[1]).read_text())["cases"]:
        print("\n".join(lines_of(case)), end="\n\n")


if __name__ == "__main__":
    main()
