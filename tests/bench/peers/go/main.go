// Measures the codec of github.com/mochi-mqtt/server/v2 on a corpus.
//
//	mochi CORPUS SECONDS
//
// CORPUS: lines of "NAME <tab> HEX", each a packet of MQTT 5.0 sent by a client. For each packet and direction a line of JSON is printed:
// {"codec", "operation", "row", "ns"}, with the fastest of the rounds of a millisecond that fit in SECONDS, or "error" where the codec refuses the packet.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Short enough to come to its end before something else gets the processor.
const round = time.Millisecond

// read decodes a packet as the server's clients do it.
func read(data []byte) (packets.Packet, error) {
	packet := packets.Packet{ProtocolVersion: 5}
	if err := packet.FixedHeader.Decode(data[0]); err != nil {
		return packet, err
	}
	remaining, width, err := packets.DecodeLength(bytes.NewReader(data[1:]))
	if err != nil {
		return packet, err
	}
	packet.FixedHeader.Remaining = remaining
	body := data[1+width:]
	switch packet.FixedHeader.Type {
	case packets.Connect:
		err = packet.ConnectDecode(body)
	case packets.Publish:
		err = packet.PublishDecode(body)
	case packets.Puback:
		err = packet.PubackDecode(body)
	case packets.Pubrec:
		err = packet.PubrecDecode(body)
	case packets.Subscribe:
		err = packet.SubscribeDecode(body)
	default:
		err = fmt.Errorf("no packet of type %d in the corpus", packet.FixedHeader.Type)
	}
	return packet, err
}

func write(packet *packets.Packet, out *bytes.Buffer) error {
	switch packet.FixedHeader.Type {
	case packets.Connect:
		return packet.ConnectEncode(out)
	case packets.Publish:
		return packet.PublishEncode(out)
	case packets.Puback:
		return packet.PubackEncode(out)
	case packets.Pubrec:
		return packet.PubrecEncode(out)
	case packets.Subscribe:
		return packet.SubscribeEncode(out)
	}
	return fmt.Errorf("no packet of type %d in the corpus", packet.FixedHeader.Type)
}

// measure gives the nanoseconds of one call, the best of many rounds.
func measure(seconds float64, call func() error) (float64, error) {
	roundsLeft := max(1, int(seconds/round.Seconds()))
	best := 0.0
	for batch := 1; roundsLeft > 0; {
		start := time.Now()
		for i := 0; i < batch; i++ {
			if err := call(); err != nil {
				return 0, err
			}
		}
		taken := time.Since(start)
		if taken < round/2 {
			batch *= 2
			continue
		}
		if each := float64(taken.Nanoseconds()) / float64(batch); best == 0 || each < best {
			best = each
		}
		roundsLeft--
	}
	return best, nil
}

func report(operation, row string, ns float64, err error) {
	line := map[string]any{"codec": "mochi", "operation": operation, "row": row}
	if err != nil {
		line["error"] = err.Error()
	} else {
		line["ns"] = ns
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: mochi CORPUS SECONDS")
		os.Exit(2)
	}
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		panic(err)
	}
	corpus, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(corpus)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		row, digits, _ := strings.Cut(lines.Text(), "\t")
		data, err := hex.DecodeString(digits)
		if err != nil {
			panic(err)
		}
		ns, err := measure(seconds, func() error {
			_, err := read(data)
			return err
		})
		report("decode", row, ns, err)

		packet, err := read(data)
		var out bytes.Buffer
		if err == nil {
			ns, err = measure(seconds, func() error {
				out.Reset()
				return write(&packet, &out)
			})
		}
		report("encode", row, ns, err)
		if data[0]>>4 == packets.Publish && len(data) > 1024 {
			// Its only way to send a long payload is to copy it.
			report("encode", row+", copied", ns, err)
		}
	}
}
