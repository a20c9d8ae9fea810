#!/usr/bin/env bash
# The suite on a real broker gives exactly the verdicts of tests/brokers/BROKER.toml, in every run on the same broker.
#
#   tests/suite/broker_baseline.sh BROKER MQTTSPEC MATCHING/RUNS [arguments of mqttspec test...]
#
# MATCHING of at most RUNS runs must give them: 2/2 for Mosquitto, 1/2 for brokers whose threads race.
set -euo pipefail
brokers=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../brokers" && pwd)
broker=${1:?the name of a broker that tests/brokers/with-broker knows}
mqttspec=${2:?the path of mqttspec}
wanted=${3:?how many of how many runs must match, as in 2/2}
shift 3

# with-broker replaces {url}, so the loop runs inside it. All runs use the same broker, including anything that earlier runs left on it.
# shellcheck disable=SC2016
exec "$brokers/with-broker" "$broker" bash -c '
  url=$1 wanted=${2%/*} runs=${2#*/}
  shift 2
  matching=0
  for ((run = 1; run <= runs && matching < wanted; ++run)); do
    status=0
    echo "== run $run"
    "$@" "$url" || status=$?
    case $status in
      0) matching=$((matching + 1)) ;;
      1) ;;
      *) exit "$status" ;;
    esac
  done
  ((matching == wanted))' broker_baseline "{url}" "$wanted" \
  "$mqttspec" test --no-color --no-progress --quiet --baseline "$brokers/$broker.toml" "$@"
