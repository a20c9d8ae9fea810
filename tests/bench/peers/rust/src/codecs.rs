//! The codecs. Each gives, for the bytes of a packet, a closure that decodes it once and one that encodes it once, in the way that the crate's own
//! connection does it, without the copying that reading from a socket costs.

use bytes::{Buf, Bytes, BytesMut};
use std::fmt::Debug;
use std::hint::black_box;

pub type Call = Box<dyn FnMut()>;

pub struct Codec {
    pub name: &'static str,
    pub decode: fn(&[u8]) -> Result<Call, String>,
    pub encode: fn(&[u8]) -> Result<Call, String>,
    /// Makes a PUBLISH ready to be sent without copying its payload, where the codec has a way to.
    pub encode_in_place: Option<fn(&[u8]) -> Result<Call, String>>,
}

pub fn all() -> [Codec; 3] {
    [
        Codec { name: "mqtt-protocol-core", decode: core::decode, encode: core::encode, encode_in_place: Some(core::encode_in_place) },
        Codec { name: "rumqttc", decode: rumqtt::decode, encode: rumqtt::encode, encode_in_place: None },
        Codec { name: "mqtt5-protocol", decode: mqtt5::decode, encode: mqtt5::encode, encode_in_place: None },
    ]
}

fn told(error: impl Debug) -> String {
    format!("{error:?}")
}

mod rumqtt {
    use super::*;
    use rumqttc::v5::mqttbytes::v5::Packet;

    /// A stream of many packets, which is split up as they are read; filling it anew is what a socket would do, and is shared by thousands of them.
    pub fn decode(bytes: &[u8]) -> Result<Call, String> {
        Packet::read(&mut BytesMut::from(bytes), None).map_err(told)?;
        let stream = BytesMut::from(bytes.repeat((16_384 / bytes.len()).max(1)).as_slice());
        let mut rest = BytesMut::new();
        Ok(Box::new(move || {
            if rest.is_empty() {
                rest = stream.clone();
            }
            black_box(Packet::read(&mut rest, None).unwrap());
        }))
    }

    pub fn encode(bytes: &[u8]) -> Result<Call, String> {
        let packet = Packet::read(&mut BytesMut::from(bytes), None).map_err(told)?;
        let mut out = BytesMut::with_capacity(2 * bytes.len());
        Ok(Box::new(move || {
            out.clear();
            packet.write(&mut out, None).unwrap();
            black_box(&out);
        }))
    }
}

mod mqtt5 {
    use super::*;
    use mqtt5_protocol::packet::MqttPacket;
    use mqtt5_protocol::{FixedHeader, Packet};

    fn read(stream: &mut Bytes) -> mqtt5_protocol::Result<Packet> {
        let header = FixedHeader::decode(stream)?;
        let mut body = stream.split_to(header.remaining_length as usize);
        Packet::decode_from_body(header.packet_type, &header, &mut body)
    }

    pub fn decode(bytes: &[u8]) -> Result<Call, String> {
        read(&mut Bytes::copy_from_slice(bytes)).map_err(told)?;
        let stream = Bytes::from(bytes.repeat((16_384 / bytes.len()).max(1)));
        let mut rest = Bytes::new();
        Ok(Box::new(move || {
            if !rest.has_remaining() {
                rest = stream.clone();
            }
            black_box(read(&mut rest).unwrap());
        }))
    }

    fn encoder<P: MqttPacket + 'static>(packet: P, size: usize) -> Call {
        let mut out = BytesMut::with_capacity(2 * size);
        Box::new(move || {
            out.clear();
            packet.encode(&mut out).unwrap();
            black_box(&out);
        })
    }

    pub fn encode(bytes: &[u8]) -> Result<Call, String> {
        let size = bytes.len();
        match read(&mut Bytes::copy_from_slice(bytes)).map_err(told)? {
            Packet::Connect(packet) => Ok(encoder(*packet, size)),
            Packet::Publish(packet) => Ok(encoder(packet, size)),
            Packet::PubAck(packet) => Ok(encoder(packet, size)),
            Packet::PubRec(packet) => Ok(encoder(packet, size)),
            Packet::Subscribe(packet) => Ok(encoder(packet, size)),
            other => Err(format!("no {} in the corpus", other.packet_type_name())),
        }
    }
}

mod core {
    use super::*;
    use mqtt_protocol_core::mqtt::packet::v5_0::{Connect, Puback, Publish, Pubrec, Subscribe};
    use mqtt_protocol_core::mqtt::packet::{DecodeResult, VariableByteInteger};
    use mqtt_protocol_core::mqtt::Arc;

    /// The first byte and where the body begins.
    fn header(bytes: &[u8]) -> Result<(u8, usize), String> {
        match VariableByteInteger::decode_stream(&bytes[1..]) {
            DecodeResult::Ok(_, width) => Ok((bytes[0], 1 + width)),
            _ => Err("no Remaining Length".into()),
        }
    }

    macro_rules! for_body {
        ($bytes:expr, $type:ident, $make:expr) => {{
            let bytes: Vec<u8> = $bytes.to_vec();
            $type::parse(&bytes[header(&bytes)?.1..]).map_err(told)?;
            $make(bytes)
        }};
    }

    macro_rules! decoder {
        ($bytes:expr, $type:ident) => {
            for_body!($bytes, $type, |bytes: Vec<u8>| Ok(Box::new(move || {
                let (_, body) = header(black_box(&bytes)).unwrap();
                black_box($type::parse(&bytes[body..]).unwrap());
            }) as Call))
        };
    }

    macro_rules! encoder {
        ($bytes:expr, $type:ident) => {
            for_body!($bytes, $type, |bytes: Vec<u8>| {
                let packet = $type::parse(&bytes[header(&bytes)?.1..]).map_err(told)?.0;
                Ok(Box::new(move || {
                    black_box(black_box(&packet).to_continuous_buffer());
                }) as Call)
            })
        };
    }

    /// A PUBLISH is parsed from a body that is shared with what was received, so its payload is not copied.
    fn publish(bytes: &[u8]) -> Result<(Vec<u8>, Arc<[u8]>), String> {
        let (first, body) = header(bytes)?;
        let shared: Arc<[u8]> = Arc::from(&bytes[body..]);
        Publish::parse(first & 0x0f, shared.clone()).map_err(told)?;
        Ok((bytes[..body].to_vec(), shared))
    }

    pub fn decode(bytes: &[u8]) -> Result<Call, String> {
        match bytes[0] >> 4 {
            1 => decoder!(bytes, Connect),
            3 => {
                let (start, body) = publish(bytes)?;
                Ok(Box::new(move || {
                    let (first, _) = header(black_box(&start)).unwrap();
                    black_box(Publish::parse(first & 0x0f, body.clone()).unwrap());
                }))
            }
            4 => decoder!(bytes, Puback),
            5 => decoder!(bytes, Pubrec),
            8 => decoder!(bytes, Subscribe),
            other => Err(format!("no packet of type {other} in the corpus")),
        }
    }

    /// Buffers for one vectored write.
    pub fn encode_in_place(bytes: &[u8]) -> Result<Call, String> {
        let packet = Publish::parse(header(bytes)?.0 & 0x0f, publish(bytes)?.1).map_err(told)?.0;
        Ok(Box::new(move || {
            black_box(black_box(&packet).to_buffers());
        }))
    }

    pub fn encode(bytes: &[u8]) -> Result<Call, String> {
        match bytes[0] >> 4 {
            1 => encoder!(bytes, Connect),
            3 => {
                let (first, _) = header(bytes)?;
                let packet = Publish::parse(first & 0x0f, publish(bytes)?.1).map_err(told)?.0;
                Ok(Box::new(move || {
                    black_box(black_box(&packet).to_continuous_buffer());
                }))
            }
            4 => encoder!(bytes, Puback),
            5 => encoder!(bytes, Pubrec),
            8 => encoder!(bytes, Subscribe),
            other => Err(format!("no packet of type {other} in the corpus")),
        }
    }
}
