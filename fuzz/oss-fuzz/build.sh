#!/bin/bash
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite: in their image, with the compiler, flags and engine from the environment, into $OUT.
# MQTTSPEC_TRAFFIC may name a file from fuzz/traffic.py; its packets are added to the seeds.
set -eu
source=$SRC/mqttspec
build=${WORK:-$SRC}/mqttspec-build

cmake -S "$source" -B "$build" -G Ninja -D CMAKE_CXX_COMPILER="$CXX" -D CMAKE_CXX_FLAGS="$CXXFLAGS" \
  -D MQTTSPEC_FUZZ=ON -D MQTTSPEC_TESTS=OFF -D MQTTSPEC_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$build"

seeds=$build/seeds
rm -rf "$seeds"
"$build/make_seeds" "$seeds" ${MQTTSPEC_TRAFFIC:+"$MQTTSPEC_TRAFFIC"}

mkdir -p "$OUT"
for program in "$build"/fuzz_*; do
  name=$(basename "$program")
  target=${name#fuzz_}
  [[ -d $seeds/$target ]] || continue # fuzz_replay
  cp "$program" "$OUT/"
  cp "$source/fuzz/oss-fuzz/target.options" "$OUT/$name.options"
  (cd "$seeds/$target" && python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" ./*)
done
cp "$source/fuzz/mqtt.dict" "$OUT/"
