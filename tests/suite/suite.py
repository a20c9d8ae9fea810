"""Shared by the tests of the whole command: running mqttspec, and reading its JSON report."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import jsonschema
except ImportError:
    sys.exit(f"{sys.executable} has no module jsonschema: run these scripts themselves, they ask for Debian's Python (python3-jsonschema)")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "report.schema.json"

# Signs of a crash: sanitizers, uncaught exceptions, failed assertions.
SIGNS_OF_A_CRASH = re.compile(r"(AddressSanitizer|LeakSanitizer|runtime error:|terminate called|Assertion .* failed|Segmentation fault)")


class Finished:
    """A completed run of mqttspec."""

    def __init__(self, status, output, errors, seconds, report_text):
        self.status, self.output, self.errors, self.seconds, self.report_text = status, output, errors, seconds, report_text

    @property
    def report(self):
        return json.loads(self.report_text)

    def told(self):
        """Its output, for the message of a failure."""
        return f"exit {self.status} after {self.seconds:.1f} s\n--- output\n{self.output[-4000:]}\n--- errors\n{self.errors[-4000:]}"


def run_test(mqttspec, *arguments, limit=120):
    """Runs `mqttspec test` with a JSON report. Fails if it hangs or crashes."""
    with tempfile.TemporaryDirectory(prefix="mqttspec-suite-") as folder:
        json_file = Path(folder) / "report.json"
        command = [mqttspec, "test", "--no-color", "--no-progress", "--json", str(json_file), *arguments]
        began = time.monotonic()
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired as expired:
            fail(f"{' '.join(command)}: still running after {limit} s\n{(expired.stdout or b'')[-4000:].decode(errors='backslashreplace')}")
        seconds = time.monotonic() - began
        try:
            output, errors = done.stdout.decode(), done.stderr.decode()
        except UnicodeDecodeError as problem:
            fail(f"{' '.join(command)}: its output is not UTF-8: {problem}")
        report_text = json_file.read_text() if json_file.exists() else ""
    finished = Finished(done.returncode, output, errors, seconds, report_text)
    if done.returncode < 0 or done.returncode > 3 or SIGNS_OF_A_CRASH.search(output + errors):
        fail(f"{' '.join(command)}: crashed, {finished.told()}")
    return finished


def verdicts(report):
    return {(case["mqtt"], case["id"]): case["verdict"] for case in report["cases"]}


def without_clock(report):
    """The report without the fields that depend on the real clock."""
    return {key: value for key, value in report.items() if key not in ("started", "seconds")}


def check_schema(report):
    """Checks a report against docs/report.schema.json, and its summary against its cases."""
    try:
        jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    except jsonschema.ValidationError as problem:
        place = "/".join(map(str, problem.absolute_path))
        fail(f"the report breaks {SCHEMA.name} at {place}: {problem.message[:500]}")
    counted = {}
    for case in report["cases"]:
        counted[case["verdict"]] = counted.get(case["verdict"], 0) + 1
    summary = {name: count for name, count in report["summary"].items() if count}
    if counted != summary:
        fail(f"the summary has {summary}, but the cases are {counted}")


def fail(message):
    sys.exit(f"FAILED: {message}")
