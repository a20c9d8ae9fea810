// Package paho_go names the module whose own tests suites_test.py runs against the mock broker.
package paho_go

import _ "github.com/eclipse/paho.mqtt.golang"
