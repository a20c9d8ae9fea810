//! Measures the codecs of three crates on a corpus.
//!
//!     mqttspec-bench-peers CORPUS SECONDS
//!
//! CORPUS: lines of "NAME <tab> HEX", each a packet of MQTT 5.0 sent by a client. For each packet, codec and direction a line of JSON is printed:
//! {"codec", "operation", "row", "ns"}, with the fastest of the rounds of a millisecond that fit in SECONDS, or "error" where the codec refuses the packet.

use std::hint::black_box;
use std::time::{Duration, Instant};

mod codecs;

/// Short enough to come to its end before something else gets the processor.
const ROUND: Duration = Duration::from_millis(1);

/// Nanoseconds of one call, the best of many rounds.
fn measure(seconds: f64, mut call: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let mut batch = 1u64;
    let mut rounds_left = (seconds / ROUND.as_secs_f64()).ceil().max(1.0);
    while rounds_left > 0.0 {
        let start = Instant::now();
        for _ in 0..batch {
            call();
        }
        let taken = start.elapsed();
        if taken < ROUND / 2 {
            batch *= 2;
            continue;
        }
        best = best.min(taken.as_secs_f64() * 1e9 / batch as f64);
        rounds_left -= 1.0;
    }
    best
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits"))
        .collect()
}

/// One whose payload is worth not being copied: it has a row for each way.
fn is_long_publish(packet: &[u8]) -> bool {
    packet[0] >> 4 == 3 && packet.len() > 1_024
}

fn report(codec: &str, operation: &str, row: &str, result: Result<f64, String>) {
    match result {
        Ok(ns) => println!("{{\"codec\": {codec:?}, \"operation\": {operation:?}, \"row\": {row:?}, \"ns\": {ns:.2}}}"),
        Err(error) => println!("{{\"codec\": {codec:?}, \"operation\": {operation:?}, \"row\": {row:?}, \"error\": {error:?}}}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, corpus, seconds] = arguments.as_slice() else {
        eprintln!("usage: mqttspec-bench-peers CORPUS SECONDS");
        std::process::exit(2);
    };
    let seconds: f64 = seconds.parse().expect("SECONDS is a number");
    let corpus = std::fs::read_to_string(corpus).expect("CORPUS can be read");
    for line in corpus.lines() {
        let (row, hex) = line.split_once('\t').expect("NAME <tab> HEX");
        let packet = from_hex(hex);
        for codec in codecs::all() {
            let decode = (codec.decode)(&packet).map(|mut call| measure(seconds, || black_box(&mut call)()));
            report(codec.name, "decode", row, decode);
            let encode = (codec.encode)(&packet).map(|mut call| measure(seconds, || black_box(&mut call)()));
            if !is_long_publish(&packet) {
                report(codec.name, "encode", row, encode);
                continue;
            }
            let in_place = codec.encode_in_place.map(|encode| encode(&packet).map(|mut call| measure(seconds, || black_box(&mut call)())));
            report(codec.name, "encode", row, in_place.unwrap_or(encode.clone()));
            report(codec.name, "encode", &format!("{row}, copied"), encode);
        }
    }
}
