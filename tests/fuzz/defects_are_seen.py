#!/usr/bin/python3 -B
"""The fuzz target broker_engine finds broken brokers: with each of these defects at least one seed ends in a breach of ServerConduct.

    defects_are_seen.py FUZZ_REPLAY SEEDS
    defects_are_seen.py FUZZ_REPLAY SEEDS DEFECT...    tries these
"""

import os
import signal
import subprocess
import sys

# One for each subject that ServerConduct knows, of those that random histories come upon soon.
DEFECTS = [
    "connack/twice",
    "connack/reserved-flags-set",
    "packet-identifier/zero",
    "qos1/two-pubacks",
    "qos2/pubcomp-with-other-packet-identifier",
    "session/not-resumed",
    "subscribe/identifier-ignored",
    "unsuback/one-code-for-all",
]


def finding(program, seeds, defect):
    """What the target says of a broker with this defect; None when it goes well."""
    run = subprocess.run(
        [program, "broker_engine", f"{seeds}/broker_engine"],
        env={**os.environ, "MQTTSPEC_DEFECT": defect},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=300,
    )
    if run.returncode == 0:
        return None
    wrong = [line for line in run.stderr.splitlines() if line.startswith("WRONG: ")]
    if run.returncode != -signal.SIGABRT or not wrong:
        sys.exit(f"{defect}: exit {run.returncode}\n{run.stderr[-2000:]}")
    return wrong[0]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, seeds, *wanted = sys.argv[1:]
    defects = wanted or DEFECTS
    missed = 0
    for defect in defects:
        found = finding(program, seeds, defect)
        print(f"{defect}: {found or 'NOT SEEN'}")
        missed += found is None or not found.startswith("WRONG: the broker ")
    print(f"{len(defects) - missed} of {len(defects)} defects seen")
    sys.exit(1 if missed or not defects else 0)


if __name__ == "__main__":
    main()
