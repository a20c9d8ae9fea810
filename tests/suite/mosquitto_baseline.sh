#!/usr/bin/env bash
# The suite on Debian's Mosquitto gives exactly the verdicts of tests/brokers/mosquitto.toml, each time on the same broker.
#
#   tests/suite/mosquitto_baseline.sh MQTTSPEC [RUNS [arguments of mqttspec test...]]
set -euo pipefail
brokers=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../brokers" && pwd)
mqttspec=${1:?the path of mqttspec}
runs=${2:-1}
shift $(($# < 2 ? $# : 2))

# The word {url} is filled in by with-mosquitto, so the loop runs inside of it: what a run leaves behind on the broker meets the next one.
# shellcheck disable=SC2016
exec "$brokers/with-mosquitto" bash -c '
  url=$1 runs=$2
  shift 2
  for ((run = 1; run <= runs; ++run)); do
    echo "== run $run of $runs"
    "$@" "$url" || exit
  done' mosquitto_baseline "{url}" "$runs" \
  "$mqttspec" test --no-color --no-progress --baseline "$brokers/mosquitto.toml" "$@"
