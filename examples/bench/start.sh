#!/bin/sh
# Builds what is missing and runs one of the measurements: start.sh CORE COMMAND [OPTIONS]
# CORE is the core that load and provider are pinned to; - for none.
set -eu
home=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
core=$1
command=$2
shift 2

# Building is the launcher's own affair; where the configuration is good it says no more than "ok".
"$home/sluice" check --config "$home/examples/bench/sluice.yaml" >/dev/null
java=$("$home/sluice" java)
if [ "$core" != - ] && ! command -v taskset >/dev/null; then
  echo 'bench: there is no taskset to pin processes with; install util-linux.' >&2
  exit 2
fi
ulimit -n "$(ulimit -Hn)"
pin="taskset -c $core"
heap="-Xms1g -Xmn500m -XX:+UseSerialGC"
if [ "$core" = - ]; then
  # With very many streams a collection that stops everything would be measured as the gateway's.
  pin=
  heap="-Xms2g -XX:+UseG1GC -XX:MaxGCPauseMillis=10"
fi
# shellcheck disable=SC2086
exec $pin "$java" -Xmx2g $heap \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "$home/examples/target/examples.jar:$home/envoy/target/envoy.jar" \
  dev.sluice.examples.bench.Bench "$home" "$command" "$@"
