#!/bin/bash
# Runs Envoy with the arguments. At SIGTERM it takes no new connections, and open streams have 10 s.
admin=/tmp/admin

ask() {
  local address
  address=$(<"$admin")
  exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
  printf '%s %s HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n' "$1" "$2" >&3
  cat <&3
  exec 3>&-
}

drain() {
  ask POST /healthcheck/fail
  ask POST '/drain_listeners?inboundonly'
  ask POST /drain_listeners
  local end=$((SECONDS + 10))
  while ((SECONDS < end)) &&
    ask GET '/stats?filter=http.edge.downstream_rq_active' | grep -q 'downstream_rq_active: [1-9]'; do
    sleep 0.2
  done
} >/dev/null

envoy "$@" --drain-time-s 10 --admin-address-path "$admin" &
envoy=$!
trap 'trap "" TERM INT; drain; kill "$envoy"' TERM INT
# A wait ends with the trap as well as with Envoy.
while kill -0 "$envoy" 2>/dev/null; do
  wait "$envoy"
  status=$?
done
exit "$status"
