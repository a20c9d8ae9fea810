#!/usr/bin/python3 -B
"""Servers that are not brokers, or broken ones: mqttspec ends in time with exit status 1 or 3, without a crash, and with a sensible message.

    tests/suite/hostile_brokers.py MQTTSPEC [--all-cases] [NAME...]

--all-cases: run all cases also on servers that send endlessly. Otherwise only a few are run there, since each reads as much as its limit allows.
For a program without sanitizers.
"""

import argparse
import asyncio
import contextlib
import logging
import random
import resource
import socket
import struct
import sys
import unicodedata

import suite
from servers import Server, speaks_5

# Short limits, since these servers never answer, and without the tables of topics, which are many similar cases.
TIMEOUT_SECONDS = 0.3
LEFT_OUT = ("--skip", "v3/4.7", "--skip", "v5/4.7")
ARGUMENTS = ("--timeout", str(TIMEOUT_SECONDS), "--patience", "0.6", "--settle", "50", "--seed", "1", "--jobs", "200", *LEFT_OUT)
FEW_CASES = ("--only", "ping/*")
RUN_SECONDS = 120
MEMORY_MIB = 1536

HTTP_ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def connack(connect, code_3_1_1=0, code_5=0):
    return bytes([0x20, 3, 0, code_5, 0]) if speaks_5(connect) else bytes([0x20, 2, 0, code_3_1_1])


async def closes_at_once(_, writer):
    writer.close()


async def resets_at_once(_, writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def closes_after_connect(reader, writer):
    await reader.read(1)
    writer.close()


async def never_answers(reader, _):
    while await reader.read(65536):
        pass


async def never_reads(_, __):
    await asyncio.sleep(3600)


async def sends_garbage(reader, writer):
    dice = random.Random(1)
    while await reader.read(65536):
        writer.write(dice.randbytes(dice.randrange(1, 500)))


async def sends_http(reader, writer):
    await reader.read(65536)
    writer.write(HTTP_ANSWER)
    writer.close()


async def echoes(reader, writer):
    while piece := await reader.read(65536):
        writer.write(piece)


async def announces_a_huge_packet(reader, writer):
    writer.write(connack(await reader.read(65536)) + bytes.fromhex("30 ff ff ff 7f 00 01 61") + bytes(100_000))
    await never_answers(reader, writer)


async def sends_a_length_without_end(reader, writer):
    writer.write(connack(await reader.read(65536)) + b"\x30" + b"\xff" * 64)
    await never_answers(reader, writer)


async def sends_connacks_for_ever(reader, writer):
    answer = connack(await reader.read(65536))
    while True:
        writer.write(answer * 1000)
        await writer.drain()


async def sends_messages_for_ever(reader, writer):
    connect = await reader.read(65536)
    writer.write(connack(connect))
    body = b"\x00\x05a/\x1b]0" + (b"\x00" if speaks_5(connect) else b"") + b"\x1b[31mred\x07" * 10  # must not reach a terminal
    while True:
        writer.write((bytes([0x30, len(body)]) + body) * 100)
        await writer.drain()


async def trickles(reader, writer):
    for byte in connack(await reader.read(65536)) + bytes.fromhex("30 ff 7f"):
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def accepts_and_falls_silent(reader, writer):
    writer.write(connack(await reader.read(65536)))
    await never_answers(reader, writer)


async def refuses_everybody(reader, writer):
    writer.write(connack(await reader.read(65536), 5, 0x87))
    writer.close()


# Exit status 3 means that there is no broker, or that it accepts no client. Otherwise there are verdicts, and none of these servers conforms.
HANDLERS = {
    closes_at_once: {1, 3},
    resets_at_once: {1, 3},
    closes_after_connect: {1, 3},
    never_answers: {1, 3},
    never_reads: {1, 3},
    sends_garbage: {1, 3},
    sends_http: {1, 3},
    echoes: {1, 3},
    announces_a_huge_packet: {1, 3},
    sends_a_length_without_end: {1, 3},
    sends_connacks_for_ever: {1, 3},
    sends_messages_for_ever: {1, 3},
    trickles: {1, 3},
    accepts_and_falls_silent: {1, 3},
    refuses_everybody: {3},
}


FLOODS = {sends_connacks_for_ever, sends_messages_for_ever}


class Hostile(Server):
    """Passes every connection to its handler."""

    def __init__(self, handler):
        super().__init__()
        self.handler = handler

    async def handle(self, reader, writer):
        with contextlib.suppress(OSError):
            await self.handler(reader, writer)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()


@contextlib.contextmanager
def nobody_listens():
    with socket.socket() as bound:  # holds the port without listening
        bound.bind(("127.0.0.1", 0))
        yield f"mqtt://127.0.0.1:{bound.getsockname()[1]}"


@contextlib.contextmanager
def never_accepts():
    """The queue is full: the kernel drops new connections, as a firewall would."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"mqtt://127.0.0.1:{listener.getsockname()[1]}"


def check_text(name, text):
    """The text contains no characters that control a terminal or reorder a line."""
    reordering = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    for character in text:
        commands = character != "\n" and unicodedata.category(character) == "Cc"
        if commands or unicodedata.bidirectional(character) in reordering:
            suite.fail(f"{name}: prints the control character {character!r}")


def check_run(name, run, allowed):
    check_text(name, run.output + run.errors)
    if run.status not in allowed:
        suite.fail(f"{name}: expected exit {sorted(allowed)}, {run.told()}")
    if not (run.output + run.errors).strip():
        suite.fail(f"{name}: prints nothing, {run.told()}")
    if not run.report_text:
        if run.status != 3:
            suite.fail(f"{name}: no JSON report, {run.told()}")
        return
    suite.check_schema(run.report)
    errors = [case["id"] for case in run.report["cases"] if case["verdict"] == "error"]
    if errors:
        suite.fail(f"{name}: errors in mqttspec itself: {errors}")


def check_unreachable(name, url, run):
    check_run(name, run, {3})
    lines = (run.output + run.errors).strip().splitlines()
    if len(lines) != 1 or url not in lines[0]:
        suite.fail(f"{name}: expected one line that names {url}, {run.told()}")
    allowed = TIMEOUT_SECONDS + 1.5
    if run.seconds > allowed:
        suite.fail(f"{name}: expected an end within {allowed} s, {run.told()}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("--all-cases", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # clients may disconnect at any time

    for place in (nobody_listens, never_accepts):
        name = place.__name__
        if options.names and name not in options.names:
            continue
        with place() as url:
            run = suite.run_test(options.mqttspec, *ARGUMENTS, url, limit=RUN_SECONDS)
        check_unreachable(name, url, run)
        print(f"{name}: exit {run.status} after {run.seconds:.1f} s: {(run.output + run.errors).strip()}", flush=True)

    for handler, allowed in HANDLERS.items():
        name = handler.__name__
        if options.names and name not in options.names:
            continue
        selection = FEW_CASES if handler in FLOODS and not options.all_cases else ()
        with Hostile(handler) as url:
            run = suite.run_test(options.mqttspec, *ARGUMENTS, *selection, url, limit=RUN_SECONDS)
        check_run(name, run, allowed)
        counts = {verdict: count for verdict, count in run.report["summary"].items() if count} if run.report_text else {}
        print(f"{name}: exit {run.status} after {run.seconds:.1f} s {counts}", flush=True)

    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"at most {memory} MiB of memory")
    if memory > MEMORY_MIB:
        suite.fail(f"more than {MEMORY_MIB} MiB")


if __name__ == "__main__":
    sys.exit(main())
