#!/usr/bin/env python3
"""Runs the codec on the packets that the broker mochi is tested with, out of its published module.

    mochi_test.py CODEC_TOOL FOLDER

FOLDER is where the program that prints the table is built, of the version that mochi/go.sum names. Differences are explained in differences.toml.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "differential"))

from peers import CodecTool, Differences, need, run  # noqa: E402

FEWEST_ROWS = 140  # with bytes, in the pinned version
VERSIONS = {0: "3.1.1", 3: "3.1", 4: "3.1.1", 5: "5.0"}
# What the packets of mochi's table carry, by type; other fields of its structure are left empty there.
FIELDS = {
    "CONNECT": ["client_id", "keep_alive", "clean", "user_name"],
    "PUBLISH": ["packet_id", "topic", "payload", "qos", "retain", "dup"],
    "SUBSCRIBE": ["packet_id", "filters"],
    "UNSUBSCRIBE": ["packet_id", "filters"],
    "SUBACK": ["packet_id", "reason_codes"],
    "UNSUBACK": ["packet_id"],
    "CONNACK": ["reason_code"],
    "PUBACK": ["packet_id"], "PUBREC": ["packet_id"], "PUBREL": ["packet_id"], "PUBCOMP": ["packet_id"],
}


def read_table(folder):
    need("go")
    program = Path(folder).resolve() / "mochi_vectors"
    program.parent.mkdir(parents=True, exist_ok=True)
    run(["go", "build", "-buildvcs=false", "-o", str(program), "."], cwd=HERE / "mochi")
    rows = [json.loads(line) for line in run([str(program)]).split("\n")[:-1]]
    return [row for row in rows if row["hex"]]


def field(packet, name):
    """Of our packet, as the table has it."""
    if name == "filters":
        return packet.get("filters") or [one["filter"] for one in packet["subscriptions"]]
    if name == "reason_codes":
        return bytes(packet["reason_codes"]).hex()
    return packet.get(name, {"packet_id": 0, "user_name": ""}.get(name))


def judge(tool, rows):
    """What we say of each row: the table does not tell who sends a packet, so it is right if it is from one of both."""
    verdicts = [tool.decode([{"mqtt": VERSIONS[row["version"]], "from": sender, "hex": row["hex"]} for row in rows]) for sender in ("client", "server")]
    for from_client, from_server in zip(*verdicts):
        wrong_sender = from_client.get("violation", {}).get("clause") in ("2.1.2", "2.2.1")
        yield from_server if "packet" in from_server or wrong_sender else from_client


def compare(differences, row, ours):
    name = f"{row['type']}: {row['description']}"
    shown = f"MQTT {ours['mqtt']} {row['hex']}: {ours.get('packet') or ours.get('violation')}"
    if "violation" in ours:
        if not row["error"]:
            differences.add(f"{name} | {ours['violation']['clause']}", shown)
        return
    if row["error"]:
        differences.add(f"{name} | valid, not: {row['error']}", shown)
        return
    for one in FIELDS.get(ours["packet"]["type"], []):
        if field(ours["packet"], one) != row["fields"][one]:
            differences.add(f"{name} | {one}", f"{row['fields'][one]!r} instead of {field(ours['packet'], one)!r}; {shown}")


def main():
    tool = CodecTool(sys.argv[1])
    rows = read_table(sys.argv[2])
    differences = Differences(HERE / "differences.toml", "mochi")
    for row, ours in zip(rows, judge(tool, rows)):
        compare(differences, row, ours)
    wrong = differences.verdict()
    if len(rows) < FEWEST_ROWS:
        wrong += 1
        print(f"the table has {len(rows)} packets only")
    print(f"{len(rows)} packets, {len(differences.found)} differences, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
