//! rumqttc through everything that it can do with a broker, in 3.1.1 and 5.0.
//!
//!     mqttspec-clients URL VERSION CAFILE
//!
//! Panics where something is not as the standard has it.

use std::time::Duration;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};
use tokio::task::JoinHandle;

const LIMIT: Duration = Duration::from_secs(20);

/// Where the broker is, as the command line says.
#[derive(Clone)]
struct Place {
    scheme: String,
    host: String,
    port: u16,
    path: String,
    ca: Vec<u8>,
}

impl Place {
    fn parse(url: &str, cafile: &str) -> Place {
        let (scheme, rest) = url.split_once("://").expect("URL");
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = address.rsplit_once(':').expect("port");
        Place {
            scheme: scheme.into(),
            host: host.into(),
            port: port.parse().expect("port"),
            path: path.into(),
            ca: std::fs::read(cafile).unwrap_or_default(),
        }
    }

    /// What this client wants as host: for WebSocket the whole URL.
    fn address(&self) -> String {
        match self.scheme.as_str() {
            "ws" => format!("ws://{}:{}/{}", self.host, self.port, self.path),
            _ => self.host.clone(),
        }
    }

    fn transport(&self) -> rumqttc::Transport {
        match self.scheme.as_str() {
            "mqtt" => rumqttc::Transport::tcp(),
            "mqtts" => rumqttc::Transport::tls_with_config(rumqttc::TlsConfiguration::SimpleNative { ca: self.ca.clone(), client_auth: None }),
            "ws" => rumqttc::Transport::ws(),
            other => panic!("rumqttc is not built for {other}"),
        }
    }
}

#[derive(Debug)]
struct Message {
    topic: String,
    payload: String,
    qos: u8,
    retain: bool,
    dup: bool,
    content_type: Option<String>,
    user_properties: Vec<(String, String)>,
    subscription_identifiers: Vec<usize>,
}

#[derive(Debug)]
enum Came {
    Connack { session_present: bool },
    Suback,
    Unsuback,
    Acknowledged,
    Message(Message),
}

fn text(bytes: impl Into<Vec<u8>>) -> String {
    String::from_utf8(bytes.into()).expect("UTF-8")
}

/// What a connection is to be, beside its Client Identifier.
#[derive(Clone, Copy, Default)]
struct Setup {
    kept: bool,
    will: Option<&'static str>,
    receive_maximum: Option<u16>,
}

/// The two versions have the same names in two modules: this makes a client of each.
macro_rules! client {
    ($module:ident, $library:path, $packets:path, $qos:path, $connect:expr, $message:expr) => {
        mod $module {
            use super::*;
            use $library::{AsyncClient, Event, MqttOptions};
            use $packets::{Packet, SubscribeReasonCode};
            use $qos as QoS;

            fn qos(number: u8) -> QoS {
                [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(number)]
            }

            /// Its event loop runs in a task and puts what comes into a channel.
            pub struct Client {
                pub library: AsyncClient,
                pub session_present: bool,
                came: UnboundedReceiver<Came>,
                waiting: std::collections::VecDeque<Message>,
                acknowledged: usize,
                task: JoinHandle<()>,
            }

            impl Client {
                pub async fn connect(place: &Place, id: &str, setup: Setup) -> Client {
                    let mut options = MqttOptions::new(id, place.address(), place.port);
                    options.set_transport(place.transport());
                    options.set_keep_alive(Duration::from_secs(60));
                    let configure: fn(&mut MqttOptions, Setup) = $connect;
                    configure(&mut options, setup);
                    let (library, mut events) = AsyncClient::new(options, 10);
                    let (sender, came) = unbounded_channel();
                    let task = tokio::spawn(async move {
                        while let Ok(event) = events.poll().await {
                            let Event::Incoming(packet) = event else { continue };
                            let convert: fn(_) -> Message = $message;
                            let news = match packet {
                                Packet::ConnAck(connack) => Came::Connack { session_present: connack.session_present },
                                Packet::SubAck(suback) => {
                                    assert!(suback.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))));
                                    Came::Suback
                                }
                                Packet::UnsubAck(_) => Came::Unsuback,
                                Packet::PubAck(_) | Packet::PubComp(_) => Came::Acknowledged,
                                Packet::Publish(publish) => Came::Message(convert(publish)),
                                _ => continue,
                            };
                            if sender.send(news).is_err() {
                                return;
                            }
                        }
                    });
                    let mut client = Client { library, session_present: false, came, waiting: Default::default(), acknowledged: 0, task };
                    match client.next().await {
                        Came::Connack { session_present } => client.session_present = session_present,
                        other => panic!("{other:?} in place of CONNACK"),
                    }
                    client
                }

                async fn next(&mut self) -> Came {
                    tokio::time::timeout(LIMIT, self.came.recv()).await.expect("nothing comes").expect("the connection ended")
                }

                /// Waits for something that is no message; messages are kept for later.
                async fn wait_for(&mut self, wanted: fn(&Came) -> bool) {
                    loop {
                        match self.next().await {
                            came if wanted(&came) => return,
                            Came::Message(message) => self.waiting.push_back(message),
                            Came::Acknowledged => self.acknowledged += 1,
                            _ => {}
                        }
                    }
                }

                pub async fn take_one(&mut self) -> Message {
                    loop {
                        if let Some(message) = self.waiting.pop_front() {
                            return message;
                        }
                        match self.next().await {
                            Came::Message(message) => self.waiting.push_back(message),
                            Came::Acknowledged => self.acknowledged += 1,
                            _ => {}
                        }
                    }
                }

                /// The next messages must be these, in this order and of this QoS.
                pub async fn take(&mut self, qos: u8, payloads: &[&str]) -> Vec<Message> {
                    let mut taken = Vec::new();
                    for payload in payloads {
                        let message = self.take_one().await;
                        assert_eq!((message.payload.as_str(), message.qos, message.dup), (*payload, qos, false));
                        taken.push(message);
                    }
                    taken
                }

                pub async fn subscribe(&mut self, filter: &str, granted: u8) {
                    self.library.subscribe(filter, qos(granted)).await.expect("subscribe");
                    self.suback().await;
                }

                pub async fn suback(&mut self) {
                    self.wait_for(|came| matches!(came, Came::Suback)).await;
                }

                pub async fn unsubscribe(&mut self, filter: &str) {
                    self.library.unsubscribe(filter).await.expect("unsubscribe");
                    self.wait_for(|came| matches!(came, Came::Unsuback)).await;
                }

                async fn acknowledgement(&mut self) {
                    if self.acknowledged > 0 {
                        self.acknowledged -= 1;
                    } else {
                        self.wait_for(|came| matches!(came, Came::Acknowledged)).await;
                    }
                }

                pub async fn publish_all(&mut self, topic: &str, sent: u8, payloads: &[&str]) {
                    for payload in payloads {
                        self.library.publish(topic, qos(sent), false, payload.to_string()).await.expect("publish");
                    }
                    if sent > 0 {
                        for _ in payloads {
                            self.acknowledgement().await;
                        }
                    }
                }

                pub async fn retain(&mut self, topic: &str, payload: &str, sent: u8) {
                    self.library.publish(topic, qos(sent), true, payload.to_string()).await.expect("publish");
                    self.acknowledgement().await;
                }

                pub async fn leave(mut self) {
                    self.library.disconnect().await.expect("disconnect");
                    tokio::time::timeout(LIMIT, &mut self.task).await.expect("no end").expect("the event loop");
                }

                /// The Network Connection ends without DISCONNECT. What has been taken is acknowledged before: the answer to another request shows it.
                pub async fn vanish(mut self) {
                    self.unsubscribe("nothing").await;
                    self.task.abort();
                    let _ = self.task.await;
                }
            }

            async fn pair(place: &Place) -> (Client, Client) {
                (Client::connect(place, "sub", Setup::default()).await, Client::connect(place, "pub", Setup::default()).await)
            }

            pub async fn common_scenarios(place: &Place) {
                let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
                let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();

                println!("every_qos_both_ways");
                let (mut subscriber, mut publisher) = pair(place).await;
                for granted in 0..3 {
                    subscriber.subscribe(&format!("qos/{granted}/+"), granted).await;
                    for sent in 0..3 {
                        publisher.publish_all(&format!("qos/{granted}/x"), sent, &numbers).await;
                        subscriber.take(granted.min(sent), &numbers).await;
                    }
                }
                println!("many_at_once");
                subscriber.subscribe("many/#", 2).await;
                for _ in 0..10 {
                    publisher.publish_all("many/x", 2, &numbers).await;
                    subscriber.take(2, &numbers).await;
                }
                subscriber.leave().await;

                println!("retained");
                publisher.retain("kept/a", "a", 1).await;
                publisher.retain("kept/b", "b", 2).await;
                let mut subscriber = Client::connect(place, "sub", Setup::default()).await;
                subscriber.subscribe("kept/a", 2).await;
                assert!(subscriber.take(1, &["a"]).await[0].retain);
                subscriber.subscribe("kept/b", 2).await;
                assert!(subscriber.take(2, &["b"]).await[0].retain);
                for topic in ["kept/a", "kept/b"] {
                    publisher.retain(topic, "", 1).await;
                    subscriber.take(1, &[""]).await;
                }
                subscriber.subscribe("kept/#", 1).await;
                publisher.publish_all("kept/fence", 1, &["fence"]).await;
                subscriber.take(1, &["fence"]).await;

                println!("will");
                subscriber.subscribe("will/+", 2).await;
                Client::connect(place, "dies", Setup { will: Some("will/sent"), ..Default::default() }).await.vanish().await;
                assert_eq!(subscriber.take(2, &["gone"]).await[0].topic, "will/sent");
                Client::connect(place, "leaves", Setup { will: Some("will/sent"), ..Default::default() }).await.leave().await;
                publisher.publish_all("will/fence", 1, &["fence"]).await;
                subscriber.take(1, &["fence"]).await;

                println!("wildcards");
                subscriber.subscribe("wild/+/c", 1).await;
                subscriber.subscribe("wild/deep/#", 1).await;
                for topic in ["wild/b", "wild/b/c/d", "other", "wild/b/c", "wild/deep", "wild/deep/er"] {
                    publisher.publish_all(topic, 1, &[topic]).await;
                }
                subscriber.take(1, &["wild/b/c", "wild/deep", "wild/deep/er"]).await;
                subscriber.unsubscribe("wild/+/c").await;
                publisher.publish_all("wild/b/c", 1, &["must not come"]).await;
                publisher.publish_all("wild/deep", 1, &["fence"]).await;
                subscriber.take(1, &["fence"]).await;

                println!("kept_session");
                let kept = Setup { kept: true, ..Default::default() };
                let mut keeper = Client::connect(place, "keeps", kept).await;
                keeper.subscribe("queue/+", 2).await;
                keeper.leave().await;
                publisher.publish_all("queue/x", 1, &numbers).await;
                let mut keeper = Client::connect(place, "keeps", kept).await;
                assert!(keeper.session_present);
                keeper.take(1, &numbers).await;
                keeper.vanish().await;
                publisher.publish_all("queue/x", 2, &numbers).await;
                let mut keeper = Client::connect(place, "keeps", kept).await;
                assert!(keeper.session_present);
                keeper.take(2, &numbers).await;
                for client in [subscriber, publisher, keeper] {
                    client.leave().await;
                }
                let anew = Client::connect(place, "keeps", Setup::default()).await;
                assert!(!anew.session_present);
                anew.leave().await;
            }
        }
    };
}

client!(
    v3_1_1,
    rumqttc,
    rumqttc,
    rumqttc::QoS,
    |options, setup| {
        options.set_clean_session(!setup.kept);
        options.set_inflight(30);
        if let Some(topic) = setup.will {
            options.set_last_will(rumqttc::LastWill::new(topic, "gone", rumqttc::QoS::ExactlyOnce, false));
        }
    },
    |publish: rumqttc::Publish| Message {
        topic: publish.topic,
        payload: text(publish.payload),
        qos: publish.qos as u8,
        retain: publish.retain,
        dup: publish.dup,
        content_type: None,
        user_properties: Vec::new(),
        subscription_identifiers: Vec::new(),
    }
);

client!(
    v5_0,
    rumqttc::v5,
    rumqttc::v5::mqttbytes::v5,
    rumqttc::v5::mqttbytes::QoS,
    |options, setup| {
        use rumqttc::v5::mqttbytes::{v5::LastWill, QoS};
        options.set_clean_start(!setup.kept);
        if setup.kept {
            options.set_session_expiry_interval(Some(3600));
        }
        if setup.receive_maximum.is_some() {
            options.set_receive_maximum(setup.receive_maximum);
        }
        if let Some(topic) = setup.will {
            options.set_last_will(LastWill::new(topic, "gone", QoS::ExactlyOnce, false, None));
        }
    },
    |publish: rumqttc::v5::mqttbytes::v5::Publish| {
        let properties = publish.properties.unwrap_or_default();
        Message {
            topic: text(publish.topic),
            payload: text(publish.payload),
            qos: publish.qos as u8,
            retain: publish.retain,
            dup: publish.dup,
            content_type: properties.content_type,
            user_properties: properties.user_properties,
            subscription_identifiers: properties.subscription_identifiers,
        }
    }
);

async fn scenarios_of_5_0(place: &Place) {
    use rumqttc::v5::mqttbytes::v5::{Filter, PublishProperties, SubscribeProperties};
    use rumqttc::v5::mqttbytes::QoS;
    use v5_0::Client;

    println!("properties_arrive");
    let mut subscriber = Client::connect(place, "sub", Setup::default()).await;
    let mut publisher = Client::connect(place, "pub", Setup::default()).await;
    let identified = SubscribeProperties { id: Some(77), user_properties: Vec::new() };
    subscriber.library.subscribe_with_properties("told", QoS::ExactlyOnce, identified).await.expect("subscribe");
    subscriber.suback().await;
    let told = PublishProperties {
        content_type: Some("text".into()),
        user_properties: vec![("a".into(), "1".into()), ("ü".into(), "€".into())],
        ..Default::default()
    };
    publisher.library.publish_with_properties("told", QoS::AtLeastOnce, false, "x", told.clone()).await.expect("publish");
    let came = &subscriber.take(1, &["x"]).await[0];
    assert_eq!((&came.content_type, &came.user_properties), (&told.content_type, &told.user_properties));
    assert_eq!(came.subscription_identifiers, [77]);

    println!("topic_alias");
    subscriber.subscribe("named", 1).await;
    for (topic, payload) in [("named", "first"), ("", "second")] {
        let alias = PublishProperties { topic_alias: Some(1), ..Default::default() };
        publisher.library.publish_with_properties(topic, QoS::AtLeastOnce, false, payload, alias).await.expect("publish");
        assert_eq!(subscriber.take(1, &[payload]).await[0].topic, "named");
    }

    println!("subscription_options");
    let mut own = Filter::new("own/#", QoS::AtLeastOnce);
    own.nolocal = true;
    own.preserve_retain = true;
    subscriber.library.subscribe_many([own]).await.expect("subscribe");
    subscriber.suback().await;
    subscriber.publish_all("own/x", 1, &["must not come back"]).await;
    publisher.retain("own/x", "theirs", 1).await;
    assert!(subscriber.take(1, &["theirs"]).await[0].retain);
    publisher.retain("own/x", "", 1).await;
    subscriber.take(1, &[""]).await;

    println!("shared_subscription");
    let mut other = Client::connect(place, "other", Setup::default()).await;
    for member in [&mut subscriber, &mut other] {
        member.subscribe("$share/team/work", 1).await;
        member.subscribe("fence", 1).await;
    }
    let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let payloads: Vec<&str> = numbers.iter().map(String::as_str).collect();
    publisher.publish_all("work", 1, &payloads).await;
    publisher.publish_all("fence", 1, &["fence"]).await;
    let mut all = Vec::new();
    for member in [&mut subscriber, &mut other] {
        let before = all.len();
        loop {
            let message = member.take_one().await;
            if message.payload == "fence" {
                break;
            }
            all.push(message.payload.parse::<usize>().expect("number"));
        }
        assert!(all.len() > before);
    }
    all.sort_unstable();
    assert_eq!(all, (0..20).collect::<Vec<_>>());

    println!("little_room");
    let mut narrow = Client::connect(place, "narrow", Setup { receive_maximum: Some(2), ..Default::default() }).await;
    narrow.subscribe("room", 2).await;
    publisher.publish_all("room", 2, &payloads).await;
    narrow.take(2, &payloads).await;
    for client in [subscriber, publisher, other, narrow] {
        client.leave().await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    let [_, url, version, cafile] = words.as_slice() else { panic!("URL VERSION CAFILE") };
    let place = Place::parse(url, cafile);
    if version == "5.0" {
        v5_0::common_scenarios(&place).await;
        scenarios_of_5_0(&place).await;
    } else {
        v3_1_1::common_scenarios(&place).await;
    }
}
