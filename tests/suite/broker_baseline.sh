#!/usr/bin/env bash
# The suite on a real broker gives exactly the verdicts of tests/brokers/BROKER.toml, each time on the same broker.
#
#   tests/suite/broker_baseline.sh BROKER MQTTSPEC [RUNS [arguments of mqttspec test...]]
set -euo pipefail
brokers=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../brokers" && pwd)
broker=${1:?the name of a broker that tests/brokers/with-broker knows}
mqttspec=${2:?the path of mqttspec}
runs=${3:-1}
shift $(($# < 3 ? $# : 3))

# The word {url} is filled in by with-broker, so the loop runs inside of it: what a run leaves behind on the broker meets the next one.
# shellcheck disable=SC2016
exec "$brokers/with-broker" "$broker" bash -c '
  url=$1 runs=$2
  shift 2
  for ((run = 1; run <= runs; ++run)); do
    echo "== run $run of $runs"
    "$@" "$url" || exit
  done' broker_baseline "{url}" "$runs" \
  "$mqttspec" test --no-color --no-progress --baseline "$brokers/$broker.toml" "$@"
