#!/usr/bin/env bash
# Runs fuzz/oss-fuzz/build.sh as OSS-Fuzz does, with its flags and its standard library but without its image, and checks that every target arrives
# with seeds and options, and runs. ci/fuzz --programs fuzzes what it leaves.
#
#   tests/fuzz/oss_fuzz_build.sh FOLDER    the programs are put into FOLDER/out
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$1"
work=$(cd -- "$1" && pwd)

export SRC=$work/src WORK=$work/work OUT=$work/out
mkdir -p "$SRC" "$WORK"
rm -rf "$OUT"
ln -sfn "$root" "$SRC/mqttspec"
# Debian's engine needs libstdc++ beside the libc++ of the targets; that of OSS-Fuzz brings its own.
export CXX=clang++-19 LIB_FUZZING_ENGINE="-fsanitize=fuzzer -l:libstdc++.so.6"
export CXXFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -fsanitize=address,undefined
  -fno-sanitize-recover=all -fsanitize=fuzzer-no-link -stdlib=libc++"
CXXFLAGS=${CXXFLAGS//$'\n'/}
if [[ -x $root/build/release/mqttspec ]]; then
  "$root/build/release/mqttspec" test --json "$work/report.json" --quiet --no-progress >/dev/null
  "$root/fuzz/traffic.py" "$work/report.json" >"$work/traffic"
  export MQTTSPEC_TRAFFIC=$work/traffic
fi

if ! "$root/fuzz/oss-fuzz/build.sh" >"$work/build.log" 2>&1; then
  tail -n 40 "$work/build.log" >&2
  exit 1
fi

missing() {
  echo "oss_fuzz_build: $*" >&2
  exit 1
}
mapfile -t targets < <(sed -n 's/^    {"\([a-z0-9_]*\)", {Layout::.*/\1/p' "$root/fuzz/target.hpp")
((${#targets[@]} >= 10)) || missing "fuzz/target.hpp lists only ${#targets[@]} targets"
[[ -s $OUT/mqtt.dict ]] || missing "no dictionary"
for target in "${targets[@]}"; do
  name=fuzz_$target
  [[ -x $OUT/$name ]] || missing "no $name"
  grep -q '^dict = mqtt.dict$' "$OUT/$name.options" || missing "no options for $name"
  rm -rf "$work/one"
  python3 -m zipfile -e "$OUT/${name}_seed_corpus.zip" "$work/one" || missing "no seeds for $name"
  find "$work/one" -type f | sort | tail -n +2 | xargs -r rm
  "$OUT/$name" "-dict=$OUT/mqtt.dict" -runs=1 "$work/one" >"$work/one.log" 2>&1 || {
    tail -n 20 "$work/one.log" >&2
    missing "$name does not run"
  }
  grep -q 'Done 1 runs\|Done [2-9] runs' "$work/one.log" || missing "$name has not run its input: see $work/one.log"
done
echo "${#targets[@]} targets with seeds, options and a dictionary in $OUT"
