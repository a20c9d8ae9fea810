#!/usr/bin/python3 -B
"""The suite on each broken mock broker: every case is able to fail, and the suite sees every defect but those that are listed.

    tests/suite/defects_are_seen.py MQTTSPEC [--update]

Each case, in each version, must fail or warn on at least one defect. Defects that no case sees yet stand in surviving_defects.txt beside this script; the
list may only shrink: a defect that survives without standing there, and one that stands there and is seen, fail the test. --update writes the list anew.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
from pathlib import Path

import suite

SURVIVORS = Path(__file__).with_name("surviving_defects.txt")
HEADING = "# Defects of the mock broker that no case sees yet. This list may only shrink.\n"
BROKEN = ("fail", "warn", "flaky")


def defects(mqttspec):
    listed = subprocess.run([mqttspec, "mock", "--list-defects"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in listed.splitlines() if "/" in line.split(maxsplit=1)[0]]


def verdicts(mqttspec, *arguments):
    """The verdict of each case, by id and version."""
    command = [mqttspec, "test", "--seed", "1", "--json", "-", "--quiet", "--no-progress", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode not in (0, 1, 3) or not done.stdout:
        suite.fail(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return {(case["id"], case["mqtt"]): case["verdict"] for case in json.loads(done.stdout)["cases"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()

    ids = defects(options.mqttspec)
    every_case = set(verdicts(options.mqttspec))
    able_to_fail = set()
    survivors = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for defect, found in zip(ids, pool.map(lambda each: verdicts(options.mqttspec, "--defect", each), ids)):
            broken = {case for case, verdict in found.items() if verdict in BROKEN}
            able_to_fail |= broken
            if not broken:
                survivors.append(defect)

    if options.update:
        SURVIVORS.write_text(HEADING + "".join(f"{each}\n" for each in survivors))
    allowed = {line for line in SURVIVORS.read_text().splitlines() if line and not line.startswith("#")}
    complaints = [f"{case} (MQTT {version}) fails on no defect" for case, version in sorted(every_case - able_to_fail)]
    complaints += [f"{each} survives: no case fails on it" for each in survivors if each not in allowed]
    complaints += [f"{each} is seen, and stands in {SURVIVORS.name}: strike it out" for each in sorted(allowed - set(survivors))]
    if complaints or not ids:
        suite.fail("\n".join(complaints) or "no defects")
    print(f"{len(ids)} defects, {len(survivors)} of them not seen yet; all {len(every_case)} cases fail on one or more")


if __name__ == "__main__":
    main()
