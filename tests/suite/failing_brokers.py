#!/usr/bin/python3 -B
"""A correct broker that is slow, dies or hangs during a run: no case fails, the run ends in time, and it lists the cases in progress.

    tests/suite/failing_brokers.py MQTTSPEC [NAME...]

The broker is `mqttspec mock` with a proxy that delays, drops or withholds its traffic, or one that supports only 3.1.1.
"""

import argparse
import asyncio
import contextlib
import sys

import suite
from servers import Server, mock_broker, speaks_5

LATE_BY = 1.0
# The number of connections after which the broker fails: the probe makes six, so the cases are running by then.
FAILS_AFTER = 300
RUN_SECONDS = 120
SHORT_LIMITS = ("--timeout", "0.5", "--patience", "3", "--settle", "50", "--seed", "1")


class Proxy(Server):
    """Forwards connections to a broker."""

    def __init__(self, port, late_by=0.0, fails_after=None, how=None):
        super().__init__()
        self.broker_port, self.late_by, self.fails_after, self.how = port, late_by, fails_after, how
        self.connections = 0
        self.failed = False
        self.writers = set()

    def fail(self):
        self.failed = True
        if self.how == "dies":
            self.server.close()
            for writer in self.writers:
                writer.transport.abort()

    async def handle(self, reader, writer):
        self.connections += 1
        if self.fails_after is not None and self.connections == self.fails_after:
            self.fail()
        if self.failed and self.how == "dies":
            writer.transport.abort()
            return
        self.writers.add(writer)
        await self.connect(reader, writer)
        self.writers.discard(writer)

    async def connect(self, reader, writer, first=b""):
        """@param first: bytes that have already been read"""
        with contextlib.suppress(OSError):
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self.broker_port)
            await asyncio.gather(self.carry(reader, to_broker, 0, first), self.carry(from_broker, writer, self.late_by))

    async def carry(self, reader, writer, late_by, first=b""):
        """Delays each piece, and keeps their order."""
        loop, pieces = asyncio.get_running_loop(), asyncio.Queue()
        if first:
            pieces.put_nowait((loop.time() + late_by, first))

        async def take_in():
            with contextlib.suppress(OSError):
                while piece := await reader.read(65536):
                    pieces.put_nowait((loop.time() + late_by, piece))
            pieces.put_nowait((loop.time() + late_by, None))

        async def give_out():
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0, due - loop.time()))
                if self.failed:
                    await asyncio.sleep(3600)
                with contextlib.suppress(OSError):
                    if piece is None:
                        writer.close()
                        return
                    writer.write(piece)
                    await writer.drain()

        await asyncio.gather(take_in(), give_out())


class Old(Proxy):
    """Refuses MQTT 5.0 with a 3.1.1 CONNACK, code 0x01."""

    async def handle(self, reader, writer):
        connect = await reader.read(65536)
        if speaks_5(connect):
            writer.write(bytes.fromhex("20 02 00 01"))
            writer.close()
        else:
            await self.connect(reader, writer, connect)


def check_verdicts(name, run):
    suite.check_schema(run.report)
    wrong = {case: verdict for case, verdict in suite.verdicts(run.report).items() if verdict in ("fail", "warn", "error", "flaky")}
    if wrong:
        suite.fail(f"{name}: a correct broker failed {wrong}, {run.told()}")


def late(mqttspec, port):
    """Every answer exceeds the first limit; the cases are rerun with patience."""
    chosen = [word for pattern in ("ping/*", "qos1/*", "qos2/*") for word in ("--only", pattern)]
    with Proxy(port, late_by=LATE_BY) as url:
        run = suite.run_test(mqttspec, *SHORT_LIMITS[:2], "--patience", "5", "--jobs", "200", "--seed", "1", *chosen, url, limit=RUN_SECONDS)
    check_verdicts("late", run)
    slow = sum(case["slow"] for case in run.report["cases"])
    if run.status != 0 or slow < len(run.report["cases"]) / 2:
        suite.fail(f"late: expected exit 0 and slow cases, found {slow} of {len(run.report['cases'])}, {run.told()}")
    return run


def is_lost(name, mqttspec, port):
    with Proxy(port, fails_after=FAILS_AFTER, how=name) as url:
        run = suite.run_test(mqttspec, *SHORT_LIMITS, url, limit=RUN_SECONDS)
    check_verdicts(name, run)
    report = run.report
    if run.status != 3 or "serves no simple exchange any more" not in run.output:
        suite.fail(f"{name}: expected exit 3 and a word on the broker, {run.told()}")
    under_way = report.get("under_way", [])
    if not under_way or under_way[0]["id"] not in report["broken_off"]:
        suite.fail(f"{name}: no case under way is named, {run.told()}")
    if "not run" not in report["broken_off"]:
        suite.fail(f"{name}: nothing is said of the cases that were not run, {run.told()}")
    return run


def old(mqttspec, port):
    """5.0 is reported as not supported and not judged; 3.1.1 is judged."""
    with Old(port) as url:
        run = suite.run_test(mqttspec, "--seed", "1", "--only", "ping/*", "--only", "qos1/*", url, limit=RUN_SECONDS)
    check_verdicts("old", run)
    found = {(version, verdict) for (version, _), verdict in suite.verdicts(run.report).items()}
    unsupported = [one for one in run.report["capabilities"] if one["name"] == "MQTT 5.0" and not one["available"]]
    if run.status != 0 or found != {("3.1.1", "pass"), ("5.0", "skip")} or not unsupported or run.output.count("CONNACK 0x01") != 1:
        suite.fail(f"old: expected exit 0, cases of 3.1.1 passed, those of 5.0 skipped, found {found}, {unsupported}, {run.told()}")
    return run


SCENES = {
    "old": old,
    "late": late,
    "dies": lambda *words: is_lost("dies", *words),
    "hangs": lambda *words: is_lost("hangs", *words),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("names", nargs="*", default=list(SCENES))
    options = parser.parse_args()
    for name in options.names:
        with mock_broker(options.mqttspec) as urls:
            run = SCENES[name](options.mqttspec, int(urls["mqtt"].rpartition(":")[2]))
        counts = {verdict: count for verdict, count in run.report["summary"].items() if count}
        print(f"{name}: exit {run.status} after {run.seconds:.1f} s {counts} {run.report.get('broken_off', '')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
