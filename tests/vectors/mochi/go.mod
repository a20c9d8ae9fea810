module mqttspec/tests/vectors/mochi

go 1.21

require github.com/mochi-mqtt/server/v2 v2.7.9
