#!/usr/bin/env python3
"""Holds the codec against tshark: it dissects a capture, written by mqttspec, of packets that we encoded, and of packets that are wrong.

    tshark_test.py CODEC_TOOL [PACKETS]

Differences are explained in differences.toml.
"""

import json
import sys
import tempfile

from peers import HERE, USER_PROPERTY, CodecTool, Differences, need, run

SEED = 2
MALFORMED = 1_500
PACKETS_PER_CONNECTION = 100

# tshark learns the version of a connection from its CONNECT.
FIRST_PACKETS = {
    "3.1": "100f00064d514973647003020000000161",
    "3.1.1": "100d00044d51545404020000000161",
    "5.0": "100e00044d5154540502000000000161",
}
TYPES = ["", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ",
         "PINGRESP", "DISCONNECT", "AUTH"]
NUMBERS = {0x01, 0x02, 0x0B, 0x11, 0x13, 0x17, 0x18, 0x19, 0x21, 0x22, 0x25, 0x27, 0x28, 0x29, 0x2A}
MAXIMUM_QOS = 0x24
TOPIC_ALIAS = 0x23
CONTENT_TYPE = 0x03
BINARY = {0x09, 0x16}


def dissect(capture):
    """What tshark tells of each frame with MQTT in it, or of which it says that it is malformed: {"mqtt_mqtt_qos": [...], ...}"""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(capture)
        file.flush()
        command = ["tshark", "-r", file.name, "-T", "ek", "-J", "mqtt", "-Y", "mqtt or _ws.malformed",
                   "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
        lines = run(command).split("\n")
    return [json.loads(line, object_pairs_hook=gather)["layers"] for line in lines if '"layers"' in line]


def gather(pairs):
    """An object whose members of one name make a list: tshark repeats the names of properties for those of the will."""
    gathered = {}
    for name, value in pairs:
        if name in gathered:
            before = gathered[name] if isinstance(gathered[name], list) else [gathered[name]]
            value = before + (value if isinstance(value, list) else [value])
        gathered[name] = value
    return gathered


def check_frames(capture):
    """IP and TCP as the writer makes them up are beyond reproach."""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(capture)
        file.flush()
        wrong = "ip.checksum.status != 1 or tcp.checksum.status != 1 or tcp.analysis.flags or _ws.malformed"
        found = run(["tshark", "-r", file.name, "-Y", wrong, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"])
        frames = run(["tshark", "-r", file.name, "-Y", "tcp", "-T", "fields", "-e", "tcp.stream"]).split()
    if found:
        print(f"tshark finds fault with IP or TCP:\n{found[:2000]}")
    return 1 if found or not frames else 0


def remaining_length(data):
    value = 0
    for shift, byte in enumerate(data[1:5]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            break
    return value


def size(text):
    return len(text.encode())


def texts(values):
    return [str(value) for value in values]


def expected_properties(properties):
    """@return tshark's fields for [identifier, value] pairs; None stands for what is not compared"""
    expected = {name: [] for name in ("property_id", "prop_number", "property_max_qos", "property_topic_alias", "property_content_type",
                                      "prop_string", "prop_string_len", "prop_key", "prop_value")}
    for identifier, value in properties:
        expected["property_id"].append(f"0x{identifier:02x}")
        if identifier in NUMBERS:
            expected["prop_number"].append(str(value))
        elif identifier == MAXIMUM_QOS:
            expected["property_max_qos"].append(str(value))
        elif identifier == TOPIC_ALIAS:
            expected["property_topic_alias"].append(str(value))
        elif identifier == CONTENT_TYPE:
            expected["property_content_type"].append(value)
        elif identifier == USER_PROPERTY:
            expected["prop_key"].append(value[0])
            expected["prop_value"].append(value[1])
        else:
            # Binary data is shown as if it were text.
            expected["prop_string"].append(None if identifier in BINARY else value)
            expected["prop_string_len"].append(str(len(value) // 2 if identifier in BINARY else size(value)))
    return expected


def expected(line):
    """What tshark should say of a packet."""
    packet, v5 = line["packet"], line["mqtt"] == "5.0"
    kind = packet["type"]
    told = {"msgtype": [str(TYPES.index(kind))], "len": [str(remaining_length(bytes.fromhex(line["hex"][:10])))]}
    properties = list(packet.get("properties", []))
    if "packet_id" in packet:
        told["msgid"] = [str(packet["packet_id"])]
    if kind == "CONNECT":
        will = packet.get("will")
        properties += will.get("properties", []) if will else []
        told |= {"protoname": ["MQIsdp" if packet["version"] == 3 else "MQTT"], "ver": [str(packet["version"])],
                 "conflag_cleansess": [packet["clean"]], "conflag_willflag": [will is not None],
                 "conflag_uname": ["user_name" in packet], "conflag_passwd": ["password" in packet],
                 "kalive": [str(packet["keep_alive"])], "clientid": [packet["client_id"]]}
        if will:
            told |= {"willtopic": [will["topic"]], "willmsg": [will["payload"]], "conflag_qos": [str(will["qos"])],
                     "conflag_retain": [will["retain"]]}
        if "user_name" in packet:
            told["username"] = [packet["user_name"]]
        if "password" in packet:
            told["passwd_len"] = [str(len(packet["password"]) // 2)]
    elif kind == "CONNACK":
        told["connack_reason_code" if v5 else "conack_val"] = [str(packet["reason_code"])]
        if line["mqtt"] != "3.1":
            told["conack_flags_sp"] = [packet["session_present"]]
    elif kind == "PUBLISH":
        told |= {"topic": [packet["topic"]], "qos": [str(packet["qos"])], "retain": [packet["retain"]], "dupflag": [packet["dup"]],
                 "msg": [packet["payload"]]}
        if packet["topic"] == "":
            del told["topic"]  # tshark puts there what it believes the Topic Alias to stand for.
    elif kind == "SUBSCRIBE":
        entries = packet["subscriptions"]
        told["topic"] = [one["filter"] for one in entries]
        if v5:
            told |= {"subscription_options_qos": texts(one["qos"] for one in entries),
                     "subscription_options_nl": [one["no_local"] for one in entries],
                     "subscription_options_rap": [one["retain_as_published"] for one in entries],
                     "subscription_options_retain": texts(one["retain_handling"] for one in entries)}
        else:
            told["sub_qos"] = texts(one["qos"] for one in entries)
    elif kind == "UNSUBSCRIBE":
        told["topic"] = packet["filters"]
    elif "reason_codes" in packet:
        name = f"{kind.lower()}_reason_code" if v5 else "suback_qos"
        told[name] = texts(packet["reason_codes"])
    elif v5 and "reason_code" in packet and len(line["hex"]) > (4 if kind in ("DISCONNECT", "AUTH") else 8):
        told[f"{kind.lower()}_reason_code"] = [str(packet["reason_code"])]
    return told | expected_properties(properties)


def shown(layers, name):
    """The values of a field; none if it is not there."""
    value = layers["mqtt"].get(f"mqtt_mqtt_{name}", [])
    value = value if isinstance(value, list) else [value]
    return [one.replace(":", "") for one in value] if name in ("msg", "willmsg") else value


def same(wanted, found):
    return len(wanted) == len(found) and all(one is None or one == other for one, other in zip(wanted, found))


def on_connections(packets, per_connection):
    """Packets on connections of one version each, which begin with a CONNECT. @return lines for codec_tool, and whether each is one of ours"""
    lines, connection, counts = [], 0, {}
    open_connections = {}
    for packet in packets:
        mqtt = packet["mqtt"]
        if counts.get(mqtt, 0) % per_connection == 0:
            connection += 1
            open_connections[mqtt] = connection
            lines.append({"mqtt": mqtt, "from": "client", "hex": FIRST_PACKETS[mqtt], "connection": connection})
        counts[mqtt] = counts.get(mqtt, 0) + 1
        lines.append({"mqtt": mqtt, "from": packet["from"], "hex": packet["hex"], "connection": open_connections[mqtt], "ours": packet})
    return lines


def check_it_dissects_ours(differences, tool, generated):
    lines = on_connections(generated, PACKETS_PER_CONNECTION)
    capture = tool.pcapng([{key: value for key, value in line.items() if key != "ours"} for line in lines])
    frames = dissect(capture)
    assert len(frames) == len(lines), f"tshark sees {len(frames)} packets of {len(lines)}"
    for line, layers in zip(lines, frames):
        if "ours" not in line:
            continue
        kind = line["ours"]["packet"]["type"]
        for name, wanted in expected(line["ours"]).items():
            found = shown(layers, name)
            if not same(wanted, found):
                differences.add(f"{name} of {kind}", f"MQTT {line['mqtt']} {line['hex'][:200]}\n    ours   {str(wanted)[:400]}\n    theirs {str(found)[:400]}")
    return check_frames(capture)


def check_both_judge(differences, tool, malformed):
    """Each on a connection of its own, for what is wrong may spoil what follows."""
    lines = on_connections(malformed, 1)
    numbers = {}
    for number, line in enumerate(lines):
        if "ours" in line:
            numbers[line["connection"]] = line["ours"]
            line["name"] = str(line["connection"])
    capture = tool.pcapng([{key: value for key, value in line.items() if key != "ours"} for line in lines])
    complaints = complaints_of(capture)
    for connection, line in numbers.items():
        complaint = complaints.get(connection, "")
        if "violation" in line and not complaint:
            differences.add(f"{line['violation']['clause']} | accepted", f"{line['name']}: MQTT {line['mqtt']} {line['hex']} {line['violation']}")
        if "packet" in line and complaint:
            differences.add(f"valid {line['packet']['type']} | {complaint}", f"{line['name']}: MQTT {line['mqtt']} {line['hex']} {line['packet']}")


def complaints_of(capture):
    """What tshark says of the packet behind the first one of each connection, by the number in our comment; that it wants more bytes is one."""
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        file.write(capture)
        file.flush()
        fields = [word for name in ("frame.comment", "mqtt.msgtype", "_ws.expert.message") for word in ("-e", name)]
        lines = run(["tshark", "-r", file.name, "-T", "fields", *fields, "-E", "aggregator=|", "-Y", "frame.comment"]).split("\n")[:-1]
    complaints = {}
    for line in lines:
        number, dissected, message = line.split("\t")
        # The comment itself counts as a message.
        others = sorted({one for one in message.split("|") if one != number})
        complaints[int(number)] = "; ".join(others) if dissected or others else "incomplete"
    return complaints


def main():
    need("tshark")
    tool = CodecTool(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    differences = Differences(HERE / "differences.toml", "tshark")
    generated = tool.generate(SEED, count)
    wrong = check_it_dissects_ours(differences, tool, generated)
    check_both_judge(differences, tool, tool.malformed(SEED, MALFORMED))
    wrong += differences.verdict()
    print(f"{len(generated)} packets, {len(differences.found)} kinds of differences, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
