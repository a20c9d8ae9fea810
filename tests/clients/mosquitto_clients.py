#!/usr/bin/python3 -B
"""mosquitto_pub, mosquitto_sub and mosquitto_rr through everything that they can do with a broker.

    mosquitto_clients.py URL VERSION CAFILE

Ends with an AssertionError where something is not as the standard has it.
"""

import subprocess
import sys
import urllib.parse

LIMIT = 20  # seconds for what comes at once
URL = urllib.parse.urlsplit(sys.argv[1])
V5 = sys.argv[2] == "5.0"
BROKER = ["-h", URL.hostname, "-p", str(URL.port), "-V", {"3.1": "mqttv31", "3.1.1": "mqttv311", "5.0": "mqttv5"}[sys.argv[2]]]
if URL.scheme == "mqtts":
    BROKER += ["--cafile", sys.argv[3]]


def publish(topic, *words, payload=None):
    content = ["-m", payload] if payload else [] if words[:1] in (("-n",), ("-l",)) else ["-m", topic]
    subprocess.run(["mosquitto_pub", *BROKER, "-t", topic, *content, *words], check=True, timeout=LIMIT)


class Subscriber:
    """Ready when it is made: a retained message that it must get first shows that its subscription holds."""

    def __init__(self, *words, count, form="%q %r %t %p", sign="ready"):
        self.sign = sign
        command = ["mosquitto_sub", *BROKER, "-C", str(count + bool(sign)), "-F", form, *words, *(["-t", sign] if sign else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if sign:
            self.process.stdout.readline()

    def lines(self):
        output = self.process.communicate(timeout=LIMIT)[0]
        assert self.process.returncode == 0, self.process.returncode
        return output.splitlines()


def sends_lines(topic, qos, lines, *words):
    command = ["mosquitto_pub", *BROKER, "-t", topic, "-q", str(qos), "-l", *words]
    subprocess.run(command, input="".join(line + "\n" for line in lines), text=True, check=True, timeout=LIMIT)


def every_qos_both_ways():
    for granted in range(3):
        subscriber = Subscriber("-q", str(granted), "-t", "qos/+/x", count=30)
        for sent in range(3):
            sends_lines(f"qos/{sent}/x", sent, [str(number) for number in range(10)])
        lines = subscriber.lines()
        for sent in range(3):
            of_this = [line for line in lines if line.split()[2] == f"qos/{sent}/x"]
            assert of_this == [f"{min(sent, granted)} 0 qos/{sent}/x {number}" for number in range(10)], of_this


def many_at_once():
    """More than the broker's Receive Maximum."""
    subscriber = Subscriber("-q", "2", "-t", "many", count=300, form="%p")
    sends_lines("many", 2, map(str, range(300)))
    assert subscriber.lines() == [str(number) for number in range(300)]


def retained():
    publish("kept/a", "-r", "-q", "1")
    publish("kept/b", "-r", "-q", "2")
    lines = sorted(Subscriber("-q", "2", "-t", "kept/#", count=2, sign=None).lines())
    assert lines == ["1 1 kept/a kept/a", "2 1 kept/b kept/b"], lines
    publish("kept/a", "-n", "-r", "-q", "1")
    publish("kept/fence", "-r")
    lines = Subscriber("-q", "2", "-t", "kept/#", count=2, sign=None).lines()
    assert sorted(line.split()[2] for line in lines) == ["kept/b", "kept/fence"], lines


def will():
    watcher = Subscriber("-q", "2", "-t", "will", count=1)
    dying = Subscriber("-t", "nothing", "--will-topic", "will", "--will-payload", "gone", "--will-qos", "2", count=1)
    dying.process.kill()
    dying.process.wait()
    assert watcher.lines() == ["2 0 will gone"]


def kept_session():
    keeping = ["-i", "keeps", "-c", *(["-x", "3600"] if V5 else [])]
    Subscriber(*keeping, "-q", "2", "-t", "queue/#", count=0).lines()
    for qos in (1, 2):
        sends_lines("queue/x", qos, map(str, range(5)))
    lines = Subscriber(*keeping, "-q", "2", "-t", "queue/#", count=10, form="%q %p", sign=None).lines()
    assert sorted(lines) == [f"{qos} {number}" for qos in (1, 2) for number in range(5)], lines


def wildcards():
    subscriber = Subscriber("-t", "wild/+/c", "-t", "wild/deep/#", count=3, form="%t")
    for topic in ("wild/b", "wild/b/c/d", "other", "wild/b/c", "wild/deep", "wild/deep/er"):
        publish(topic, "-q", "1")
    assert subscriber.lines() == ["wild/b/c", "wild/deep", "wild/deep/er"]


def large_message():
    subscriber = Subscriber("-q", "1", "-t", "large", count=1, form="%l")
    subprocess.run(["mosquitto_pub", *BROKER, "-t", "large", "-q", "1", "-s"], input="x" * 400_000, text=True, check=True, timeout=LIMIT)
    assert subscriber.lines() == ["400000"]


def shared_subscription():
    members = [Subscriber("-q", "1", "-t", "$share/team/work", count=10, form="%p") for _ in range(2)]
    sends_lines("work", 1, map(str, range(20)))
    both = [member.lines() for member in members]
    assert sorted(int(line) for lines in both for line in lines) == list(range(20)), both


def properties_arrive():
    subscriber = Subscriber("-q", "2", "-t", "told", "-D", "subscribe", "subscription-identifier", "7", count=1, form="%C %R %D %P %F %S %p")
    publish("told", "-q", "2", *(word for name, *values in (
        ("content-type", "text"), ("response-topic", "answer"), ("correlation-data", "x1"), ("payload-format-indicator", "1"),
        ("user-property", "a", "1"), ("message-expiry-interval", "60")) for word in ("-D", "publish", name, *values)))
    assert subscriber.lines() == ["text answer x1 a:1 1 7 told"]


def little_room():
    """A small Receive Maximum of the client."""
    subscriber = Subscriber("-q", "2", "-t", "room", "-D", "connect", "receive-maximum", "2", count=50, form="%p")
    sends_lines("room", 2, map(str, range(50)))
    assert subscriber.lines() == [str(number) for number in range(50)]


def request_and_response():
    """mosquitto_sub hands the request on, and the response goes where it says; once the client knows of its subscription, mosquitto_rr asks."""
    replier = Subscriber("-q", "1", "-t", "ask", count=1, form="%R %D %p")
    asking = subprocess.Popen(["mosquitto_rr", *BROKER, "-t", "ask", "-e", "reply/here", "-q", "1", "-m", "question", "-D", "publish", "correlation-data", "c9"],
                              stdout=subprocess.PIPE, text=True)
    assert replier.lines() == ["reply/here c9 question"]
    publish("reply/here", "-q", "1", "-D", "publish", "correlation-data", "c9", payload="answer")
    assert asking.communicate(timeout=LIMIT)[0] == "answer\n" and asking.returncode == 0


def main():
    publish("ready", "-r", "-q", "1")
    scenarios = [every_qos_both_ways, many_at_once, retained, will, kept_session, wildcards, large_message]
    if V5:
        scenarios += [shared_subscription, properties_arrive, little_room, request_and_response]
    for scenario in scenarios:
        print(scenario.__name__, flush=True)
        scenario()


if __name__ == "__main__":
    main()
