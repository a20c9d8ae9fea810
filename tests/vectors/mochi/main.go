// Prints the table of packets that the broker mochi is tested with, one line of JSON for each: what it is, its bytes, and what should become of it.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/mochi-mqtt/server/v2/packets"
)

type row struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Group       string `json:"group"`
	Version     byte   `json:"version"`
	Hex         string `json:"hex"`
	Error       string `json:"error"` // of decoding or validating; "" for a packet that is right
	Fields      fields `json:"fields"`
}

// What is compared of a packet that is right.
type fields struct {
	PacketID    uint16   `json:"packet_id"`
	Topic       string   `json:"topic"`
	Payload     string   `json:"payload"`
	Qos         byte     `json:"qos"`
	Retain      bool     `json:"retain"`
	Dup         bool     `json:"dup"`
	ClientID    string   `json:"client_id"`
	KeepAlive   uint16   `json:"keep_alive"`
	Clean       bool     `json:"clean"`
	UserName    string   `json:"user_name"`
	ReasonCode  byte     `json:"reason_code"`
	ReasonCodes string   `json:"reason_codes"`
	Filters     []string `json:"filters"`
}

func describe(packet *packets.Packet) fields {
	filters := []string{}
	for _, filter := range packet.Filters {
		filters = append(filters, filter.Filter)
	}
	return fields{
		PacketID:    packet.PacketID,
		Topic:       packet.TopicName,
		Payload:     hex.EncodeToString(packet.Payload),
		Qos:         packet.FixedHeader.Qos,
		Retain:      packet.FixedHeader.Retain,
		Dup:         packet.FixedHeader.Dup,
		ClientID:    packet.Connect.ClientIdentifier,
		KeepAlive:   packet.Connect.Keepalive,
		Clean:       packet.Connect.Clean,
		UserName:    string(packet.Connect.Username),
		ReasonCode:  packet.ReasonCode,
		ReasonCodes: hex.EncodeToString(packet.ReasonCodes),
		Filters:     filters,
	}
}

func problem(one packets.TPacketCase) string {
	for _, err := range []error{one.FailFirst, one.Expect} {
		if err != nil && err.Error() != packets.CodeSuccess.Error() {
			return err.Error()
		}
	}
	return ""
}

func main() {
	types := []int{}
	for packetType := range packets.TPacketData {
		types = append(types, int(packetType))
	}
	sort.Ints(types)
	out := json.NewEncoder(os.Stdout)
	for _, packetType := range types {
		for _, one := range packets.TPacketData[byte(packetType)] {
			line := row{
				Type:        packets.PacketNames[byte(packetType)],
				Description: one.Desc,
				Group:       one.Group,
				Hex:         hex.EncodeToString(one.RawBytes),
				Error:       problem(one),
			}
			if one.Packet != nil {
				line.Version = one.Packet.ProtocolVersion
				line.Fields = describe(one.Packet)
			}
			if err := out.Encode(line); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
}
