#!/usr/bin/python3 -B
"""Eclipse Paho's Python client through everything that it can do with a broker.

    paho_python.py URL VERSION CAFILE

Ends with an AssertionError where something is not as the standard has it.
"""

import queue
import sys
import urllib.parse

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

LIMIT = 20  # seconds for what comes at once
URL = urllib.parse.urlsplit(sys.argv[1])
V5 = sys.argv[2] == "5.0"
VERSION = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5.0": mqtt.MQTTv5}[sys.argv[2]]
CAFILE = sys.argv[3]


def properties(kind, **values):
    made = Properties(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Client:
    """Connected when it is made; each thing that comes waits in a queue."""

    def __init__(self, name, clean=True, will=None, **connect_properties):
        transport = "websockets" if URL.scheme.startswith("ws") else "tcp"
        session = {} if V5 else {"clean_session": clean}
        self.paho = mqtt.Client(name, protocol=VERSION, transport=transport, **session)
        self.answers, self.messages = queue.Queue(), queue.Queue()
        self.paho.on_connect = lambda client, data, flags, code, *rest: self.answers.put(("connect", flags["session present"], code, rest))
        self.paho.on_subscribe = lambda client, data, mid, codes, *rest: self.answers.put(("subscribe", mid, codes))
        self.paho.on_unsubscribe = lambda client, data, mid, *rest: self.answers.put(("unsubscribe", mid, rest))
        self.paho.on_message = lambda client, data, message: self.messages.put(message)
        if URL.scheme in ("mqtts", "wss"):
            self.paho.tls_set(CAFILE)
        if transport == "websockets":
            self.paho.ws_set_options(URL.path or "/")
        if will:
            self.paho.will_set(*will)
        options = {"clean_start": clean, "properties": properties(PacketTypes.CONNECT, **connect_properties)} if V5 else {}
        self.paho.connect(URL.hostname, URL.port, keepalive=60, **options)
        self.paho.loop_start()
        _, self.session_present, code, rest = self.answer("connect")
        assert code == 0, code
        self.connack = rest[0] if rest else None

    def answer(self, kind):
        found = self.answers.get(timeout=LIMIT)
        assert found[0] == kind, found
        return found

    def subscribe(self, topic_filter, qos=0, identifier=None, **options):
        if V5:
            given = properties(PacketTypes.SUBSCRIBE, **({"SubscriptionIdentifier": identifier} if identifier else {}))
            self.paho.subscribe(topic_filter, options=SubscribeOptions(qos, **options), properties=given)
        else:
            self.paho.subscribe(topic_filter, qos)
        codes = self.answer("subscribe")[2]
        assert [getattr(code, "value", code) for code in codes] == [qos], codes

    def unsubscribe(self, topic_filter):
        self.paho.unsubscribe(topic_filter)
        return self.answer("unsubscribe")[2]

    def publish(self, topic, payload, qos=0, retain=False, **values):
        given = {"properties": properties(PacketTypes.PUBLISH, **values)} if values else {}
        self.paho.publish(topic, payload, qos, retain, **given).wait_for_publish(LIMIT)

    def take(self, *payloads):
        """The next messages, which must be these, in this order."""
        return self.take_by_qos({payload: 0 for payload in payloads})

    def take_by_qos(self, wanted):
        """The next messages, with the QoS of each payload: a message of QoS 2 is handed over at its PUBREL, so only those of one QoS have an order."""
        found = [self.messages.get(timeout=LIMIT) for _ in wanted]
        came = sorted((message.payload.decode() for message in found), key=lambda payload: wanted.get(payload, 3))
        assert came == sorted(wanted, key=wanted.get), (came, wanted)
        return found

    def take_nothing_before(self, publisher, topic):
        publisher.publish(topic, "fence", qos=1)
        self.take("fence")

    def leave(self):
        self.paho.disconnect()
        self.paho.loop_stop()

    def vanish(self):
        """The Network Connection ends without DISCONNECT. What has been taken is acknowledged before: the answer to another request shows it."""
        self.unsubscribe("nothing")
        self.paho.loop_stop()
        self.paho._sock_close()


def keeping():
    return {"SessionExpiryInterval": 3600} if V5 else {}


def every_qos_both_ways():
    subscriber, publisher = Client("sub"), Client("pub")
    for granted in range(3):
        subscriber.subscribe(f"qos/{granted}/+", granted)
        payloads = [f"{sent}-{number}" for number in range(20) for sent in range(3)]
        for payload in payloads:
            publisher.publish(f"qos/{granted}/level", payload, int(payload[0]))
        for message in subscriber.take_by_qos({payload: min(granted, int(payload[0])) for payload in payloads}):
            assert message.qos == min(granted, int(message.payload[:1])) and not message.retain and not message.dup
    subscriber.leave(), publisher.leave()


def many_at_once():
    """More than the broker's Receive Maximum, so that the client has to wait for room."""
    subscriber, publisher = Client("sub"), Client("pub")
    publisher.paho.max_inflight_messages_set(20)
    subscriber.subscribe("many/#", 2)
    sent = [publisher.paho.publish("many/messages", str(number), 2) for number in range(300)]
    for one in sent:
        one.wait_for_publish(LIMIT)
    subscriber.take(*map(str, range(300)))
    large = "x" * 400_000
    publisher.publish("many/large", large, 1)
    subscriber.take(large)
    subscriber.leave(), publisher.leave()


def retained():
    publisher = Client("pub")
    publisher.publish("kept/a", "a", 1, retain=True)
    publisher.publish("kept/b", "b", 2, retain=True)
    subscriber = Client("sub")
    subscriber.subscribe("kept/#", 2)
    found = sorted((subscriber.messages.get(timeout=LIMIT) for _ in range(2)), key=lambda message: message.topic)
    assert [(message.topic, message.payload, message.qos, message.retain) for message in found] == [("kept/a", b"a", 1, 1), ("kept/b", b"b", 2, 1)]
    for topic in ("kept/a", "kept/b"):
        publisher.publish(topic, "", 1, retain=True)
        subscriber.take("")
    subscriber.subscribe("kept/#", 1)
    subscriber.take_nothing_before(publisher, "kept/fence")
    subscriber.leave(), publisher.leave()


def will():
    subscriber = Client("sub")
    subscriber.subscribe("will/+", 2)
    Client("dies", will=("will/sent", "gone", 2, False)).vanish()
    assert subscriber.take("gone")[0].qos == 2
    Client("leaves", will=("will/sent", "must not be sent", 2, False)).leave()
    subscriber.take_nothing_before(subscriber, "will/fence")
    subscriber.leave()


def kept_session():
    subscriber, publisher = Client("keeps", clean=False, **keeping()), Client("pub")
    subscriber.subscribe("queue/+", 2)
    for farewell in (Client.leave, Client.vanish):
        farewell(subscriber)
        for number in range(10):
            publisher.publish("queue/x", str(number), 1 + number % 2)
        subscriber = Client("keeps", clean=False, **keeping())
        assert VERSION == mqtt.MQTTv31 or subscriber.session_present
        subscriber.take_by_qos({str(number): 1 + number % 2 for number in range(10)})
    subscriber.leave()
    assert not Client("keeps").session_present
    publisher.leave()


def wildcards():
    subscriber, publisher = Client("sub"), Client("pub")
    subscriber.subscribe("wild/+/c", 1)
    subscriber.subscribe("wild/deep/#", 1)
    for topic in ("wild/b", "wild/b/c/d", "other", "wild/b/c", "wild/deep", "wild/deep/er"):
        publisher.publish(topic, topic, 1)
    subscriber.take("wild/b/c", "wild/deep", "wild/deep/er")
    subscriber.unsubscribe("wild/+/c")
    publisher.publish("wild/b/c", "must not be sent", 1)
    subscriber.take_nothing_before(publisher, "wild/deep")
    subscriber.leave(), publisher.leave()


def properties_arrive():
    subscriber, publisher = Client("sub"), Client("pub")
    subscriber.subscribe("told/#", 2, identifier=77)
    values = {"PayloadFormatIndicator": 1, "MessageExpiryInterval": 60, "ContentType": "text/plain", "ResponseTopic": "answer/here",
              "CorrelationData": b"\x01\x02", "UserProperty": [("a", "1"), ("a", "2"), ("ü", "€")]}
    publisher.publish("told/all", "all", 2, **values)
    got = subscriber.take("all")[0].properties
    assert got.SubscriptionIdentifier == [77] and got.MessageExpiryInterval in (59, 60)
    for name in values.keys() - {"MessageExpiryInterval"}:
        assert getattr(got, name) == values[name], name
    subscriber.leave(), publisher.leave()


def subscription_options():
    client, other = Client("sub"), Client("pub")
    client.subscribe("own/#", 1, noLocal=True)
    client.publish("own/x", "must not come back", 1)
    client.take_nothing_before(other, "own/x")
    other.publish("stays", "old", 1, retain=True)
    client.subscribe("stays", 1, retainAsPublished=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
    other.publish("stays", "new", 1, retain=True)
    assert client.take("new")[0].retain
    client.subscribe("stays", 1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
    other.publish("stays", "", 1, retain=True)
    client.take("")
    client.leave(), other.leave()


def shared_subscription():
    members, publisher = [Client("one"), Client("two")], Client("pub")
    for member in members:
        member.subscribe("$share/team/work/#", 1)
    for number in range(20):
        publisher.publish("work/x", f"{number:02}", 1)
    both = {name: [] for name in "ab"}
    for name, member in zip("ab", members):
        member.subscribe("fence", 1)
    publisher.publish("fence", "fence", 1)
    for name, member in zip("ab", members):
        while (message := member.messages.get(timeout=LIMIT)).payload != b"fence":
            both[name].append(message.payload.decode())
    assert both["a"] and both["b"] and sorted(both["a"] + both["b"]) == [f"{number:02}" for number in range(20)], both
    for client in (*members, publisher):
        client.leave()


def topic_alias():
    subscriber, publisher = Client("sub"), Client("pub")
    subscriber.subscribe("named/#", 1)
    assert publisher.connack.TopicAliasMaximum >= 2
    for topic, alias, payload in (("named/one", 1, "1"), ("", 1, "2"), ("named/two", 2, "3"), ("named/three", 1, "4"), ("", 1, "5"), ("", 2, "6")):
        publisher.paho.publish(topic, payload, 1, properties=properties(PacketTypes.PUBLISH, TopicAlias=alias)).wait_for_publish(LIMIT)
    topics = [message.topic for message in subscriber.take(*"123456")]
    assert topics == [f"named/{name}" for name in ("one", "one", "two", "three", "three", "two")], topics
    subscriber.leave(), publisher.leave()


def little_room():
    """A small Receive Maximum and Maximum Packet Size of the client."""
    subscriber, publisher = Client("sub", ReceiveMaximum=2, MaximumPacketSize=200), Client("pub")
    subscriber.subscribe("room/#", 2)
    publisher.publish("room/x", "y" * 500, 1)  # never comes
    for number in range(50):
        publisher.publish("room/x", str(number), 2)
    subscriber.take(*map(str, range(50)))
    subscriber.leave(), publisher.leave()


def answers_of_5_0():
    client = Client("")
    assert client.connack.AssignedClientIdentifier
    code = client.unsubscribe("never/there")[1]
    assert str(code) == "No subscription found", code
    client.paho.disconnect(properties=properties(PacketTypes.DISCONNECT, UserProperty=("bye", "now")))
    client.paho.loop_stop()


def main():
    scenarios = [every_qos_both_ways, many_at_once, retained, will, kept_session, wildcards]
    if V5:
        scenarios += [properties_arrive, subscription_options, shared_subscription, topic_alias, little_room, answers_of_5_0]
    for scenario in scenarios:
        print(scenario.__name__, flush=True)
        scenario()


if __name__ == "__main__":
    main()
