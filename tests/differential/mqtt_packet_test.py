#!/usr/bin/env python3
"""Holds the codec against npm's mqtt-packet: it decodes what we encode, we decode what it encodes, and both judge packets that are wrong.

    mqtt_packet_test.py CODEC_TOOL FOLDER [PACKETS]

FOLDER is where mqtt-packet is installed, of the version that mqtt_packet/package-lock.json names. Differences are explained in differences.toml.
"""

import json
import os
import sys
from pathlib import Path

from peers import HERE, CodecTool, Differences, comparable, differing_fields, need, npm_ci, run

SEED = 1
MALFORMED = 1_500

PROPERTIES = {
    0x01: "payloadFormatIndicator",
    0x02: "messageExpiryInterval",
    0x03: "contentType",
    0x08: "responseTopic",
    0x09: "correlationData",
    0x0B: "subscriptionIdentifier",
    0x11: "sessionExpiryInterval",
    0x12: "assignedClientIdentifier",
    0x13: "serverKeepAlive",
    0x15: "authenticationMethod",
    0x16: "authenticationData",
    0x17: "requestProblemInformation",
    0x18: "willDelayInterval",
    0x19: "requestResponseInformation",
    0x1A: "responseInformation",
    0x1C: "serverReference",
    0x1F: "reasonString",
    0x21: "receiveMaximum",
    0x22: "topicAliasMaximum",
    0x23: "topicAlias",
    0x24: "maximumQoS",
    0x25: "retainAvailable",
    0x26: "userProperties",
    0x27: "maximumPacketSize",
    0x28: "wildcardSubscriptionAvailable",
    0x29: "subscriptionIdentifiersAvailable",
    0x2A: "sharedSubscriptionAvailable",
}
IDENTIFIERS = {name: identifier for identifier, name in PROPERTIES.items()}
BINARY = {0x09, 0x16}
BOOLEAN = {0x01, 0x17, 0x19, 0x25, 0x28, 0x29, 0x2A}

# Fields that have one name here and another there.
FIELDS = {"client_id": "clientId", "clean": "clean", "keep_alive": "keepalive", "version": "protocolVersion", "user_name": "username",
          "session_present": "sessionPresent", "packet_id": "messageId", "topic": "topic", "qos": "qos", "retain": "retain", "dup": "dup"}
HEXADECIMAL = {"password": "password", "payload": "payload"}


class Peer:
    def __init__(self, folder):
        need("npm")
        need("node")
        self.folder = Path(folder)
        npm_ci(HERE / "mqtt_packet", self.folder)

    def ask(self, work, lines):
        environment = {**os.environ, "NODE_PATH": str(self.folder / "node_modules")}
        answers = run(["node", str(HERE / "mqtt_packet" / "peer.js"), work], lines, env=environment).split("\n")[:-1]
        assert len(answers) == len(lines)
        return [json.loads(answer) for answer in answers]


def their_properties(properties):
    theirs = {}
    for identifier, value in properties.items():
        if identifier in BINARY:
            value = {"hex": value}
        elif identifier in BOOLEAN:
            value = bool(value)
        theirs[PROPERTIES[identifier]] = value
    return theirs


def our_properties(properties):
    ours = {}
    for name, value in properties.items():
        identifier = IDENTIFIERS[name]
        if identifier in BINARY:
            value = value["hex"]
        elif identifier in BOOLEAN:
            value = int(value)
        elif name == "userProperties":
            value = {key: values if isinstance(values, list) else [values] for key, values in value.items()}
        elif name == "subscriptionIdentifier":
            value = value if isinstance(value, list) else [value]
        ours[identifier] = value
    return ours


def to_theirs(packet, mqtt):
    """mqtt-packet's object for a comparable packet of ours."""
    v5 = mqtt == "5.0"
    theirs = {"cmd": packet["type"].lower()}
    theirs |= {name: packet[field] for field, name in FIELDS.items() if field in packet}
    theirs |= {name: {"hex": packet[field]} for field, name in HEXADECIMAL.items() if field in packet}
    if packet["type"] == "CONNECT":
        theirs["protocolId"] = "MQIsdp" if mqtt == "3.1" else "MQTT"
    if "reason_code" in packet:
        theirs["reasonCode" if v5 else "returnCode"] = packet["reason_code"]
    if "reason_codes" in packet:
        theirs["granted"] = packet["reason_codes"]
    if "filters" in packet:
        theirs["unsubscriptions"] = packet["filters"]
    if "subscriptions" in packet:
        theirs["subscriptions"] = [
            {"topic": one["filter"], "qos": one["qos"]}
            | ({"nl": one["no_local"], "rap": one["retain_as_published"], "rh": one["retain_handling"]} if v5 else {})
            for one in packet["subscriptions"]]
    if packet.get("properties"):
        theirs["properties"] = their_properties(packet["properties"])
    if "will" in packet:
        will = packet["will"]
        theirs["will"] = {"topic": will["topic"], "payload": {"hex": will["payload"]}, "qos": will["qos"], "retain": will["retain"]}
        if will.get("properties"):
            theirs["will"]["properties"] = their_properties(will["properties"])
    return theirs


def to_ours(packet, mqtt):
    """What comparable() makes of our packet, from mqtt-packet's object."""
    v5 = mqtt == "5.0"
    kind = packet["cmd"].upper()
    ours = {"type": kind}
    carried = {"client_id", "clean", "keep_alive", "version", "user_name", "session_present", "packet_id"}
    if kind == "PUBLISH":
        carried |= {"topic", "qos", "retain", "dup"}
    ours |= {field: packet[name] for field, name in FIELDS.items() if field in carried and name in packet}
    ours |= {field: packet[name]["hex"] for field, name in HEXADECIMAL.items() if packet.get(name)}
    if kind in ("CONNACK", "DISCONNECT", "AUTH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP") and (v5 or kind == "CONNACK"):
        ours["reason_code"] = packet.get("reasonCode", packet.get("returnCode", 0))
    if "granted" in packet:
        ours["reason_codes"] = packet["granted"]
    if "unsubscriptions" in packet:
        ours["filters"] = packet["unsubscriptions"]
    if "subscriptions" in packet:
        ours["subscriptions"] = [
            {"filter": one["topic"], "qos": one["qos"]}
            | ({"no_local": one["nl"], "retain_as_published": one["rap"], "retain_handling": one["rh"]} if v5 else {})
            for one in packet["subscriptions"]]
    if v5 and kind not in ("PINGREQ", "PINGRESP"):
        ours["properties"] = our_properties(packet.get("properties", {}))
    if "will" in packet:
        will = packet["will"]
        ours["will"] = {"topic": will["topic"], "payload": will["payload"]["hex"], "qos": will["qos"], "retain": will["retain"]}
        if v5:
            ours["will"]["properties"] = our_properties(will.get("properties", {}))
    return ours


def example(line, ours, theirs):
    return f"MQTT {line['mqtt']} {line['hex'][:200]}\n    ours   {str(ours)[:600]}\n    theirs {str(theirs)[:600]}"


def check_they_decode_ours(differences, generated, peer):
    for line, answer in zip(generated, peer.ask("parse", [{"mqtt": line["mqtt"], "hex": line["hex"]} for line in generated])):
        ours = comparable(line["packet"])
        if "error" in answer:
            differences.add(f"valid {ours['type']} | {answer['error']}", example(line, ours, answer))
            continue
        theirs = to_ours(answer["packet"], line["mqtt"])
        for field in differing_fields(ours, theirs):
            differences.add(f"{field} of {ours['type']} | decoded", example(line, ours.get(field), theirs.get(field)))


def check_we_decode_theirs(differences, generated, peer, tool):
    asked = [{"mqtt": line["mqtt"], "packet": to_theirs(comparable(line["packet"]), line["mqtt"])} for line in generated]
    made = []
    for line, answer in zip(generated, peer.ask("generate", asked)):
        kind = line["packet"]["type"]
        if "error" in answer:
            differences.add(f"{kind} cannot be encoded | {answer['error']}", example(line, line["packet"], answer))
        else:
            made.append({"mqtt": line["mqtt"], "from": line["from"], "hex": answer["hex"], "wanted": comparable(line["packet"])})
    for line in tool.decode(made):
        # JSON has no numbers as keys.
        wanted = json.loads(json.dumps(line["wanted"]))
        kind = wanted["type"]
        if "violation" in line:
            differences.add(f"{kind} encoded | {line['violation']['clause']}", example(line, line["violation"], wanted))
            continue
        ours = json.loads(json.dumps(comparable(line["packet"])))
        for field in differing_fields(wanted, ours):
            differences.add(f"{field} of {kind} | encoded", example(line, ours.get(field), wanted.get(field)))


def check_both_judge(differences, malformed, peer):
    for line, answer in zip(malformed, peer.ask("parse", [{"mqtt": line["mqtt"], "hex": line["hex"]} for line in malformed])):
        if "violation" in line:
            if "packet" in answer:
                differences.add(f"{line['violation']['clause']} | accepted", f"{line['name']}: {example(line, line['violation'], answer)}")
            continue
        ours = comparable(line["packet"])
        if "error" in answer:
            differences.add(f"valid {ours['type']} | {answer['error']}", example(line, ours, answer))


def main():
    tool = CodecTool(sys.argv[1])
    peer = Peer(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    generated = tool.generate(SEED, count)
    differences = Differences(HERE / "differences.toml", "mqtt_packet")
    check_they_decode_ours(differences, generated, peer)
    check_we_decode_theirs(differences, generated, peer, tool)
    check_both_judge(differences, tool.malformed(SEED, MALFORMED), peer)
    wrong = differences.verdict()
    print(f"{len(generated)} packets each way, {len(differences.found)} kinds of differences, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
