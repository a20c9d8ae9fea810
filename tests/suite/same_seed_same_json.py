#!/usr/bin/python3 -B
"""The suite on the embedded broker: every case passes, and the same seed gives the same JSON report apart from `started` and `seconds`.

    tests/suite/same_seed_same_json.py MQTTSPEC [--within SECONDS]

--within: the longest time that a run may take.
"""

import argparse
import difflib
import json

import suite

SEEDS = ("1", "20260811")

# Cases that need limits and rejections, which the embedded broker does not have by default. selftest runs them on brokers that have them.
SKIPPED = {
    (case, "skip")
    for case in (
        "limits/publish-above-maximum-qos",
        "limits/will-above-maximum-qos",
        "limits/retain-not-available",
        "limits/will-retain-not-available",
        "connack/rejected-client-id",
        "connack/subscriptions-above-maximum-qos-are-accepted",
        "qos2/packet-id-is-free-after-rejection",
    )
}


def lines_of(report):
    """The text is compared, including the order of keys and the format of numbers."""
    return json.dumps(suite.without_clock(report), indent=1).splitlines()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("--within", type=float)
    options = parser.parse_args()

    for seed in SEEDS:
        runs = [suite.run_test(options.mqttspec, "--seed", seed) for _ in range(2)]
        suite.check_schema(runs[0].report)
        for run in runs:
            if run.status != 0:
                suite.fail(f"seed {seed}: the embedded broker does not conform, {run.told()}")
            not_passed = {case: verdict for case, verdict in suite.verdicts(run.report).items() if verdict != "pass" and (case[1], verdict) not in SKIPPED}
            if not_passed or not run.report["cases"]:
                suite.fail(f"seed {seed}: {len(run.report['cases'])} cases, not passed: {not_passed}")
            if options.within and run.seconds > options.within:
                suite.fail(f"seed {seed}: took {run.seconds:.2f} s, {options.within:g} s are allowed")
        differences = list(difflib.unified_diff(*(lines_of(run.report) for run in runs), "first", "second", lineterm="", n=3))
        if differences:
            suite.fail(f"seed {seed}: two reports\n" + "\n".join(differences[:60]))
        print(f"seed {seed}: {len(runs[0].report['cases'])} cases pass, {runs[0].seconds:.2f} s and {runs[1].seconds:.2f} s, one report")


if __name__ == "__main__":
    main()
