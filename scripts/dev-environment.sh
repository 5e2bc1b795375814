#!/bin/sh
# The broker for development: scripts/dev-environment.sh start|stop|status. It listens on MQTT_PORT (1883), on this machine
# only, and keeps its state and its log in .tools/dev.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=${DEV_FOLDER:-$root/.tools/dev}
log=$folder/broker.log
address=$folder/broker.url

say() { echo "$*" >&2; }

# The process, if it still is our broker: numbers of processes are used again.
running() {
  pid=$(cat "$folder/broker.pid" 2>/dev/null) || return 1
  case "$(ps -o args= -p "$pid" 2>/dev/null || tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" in
    *broker*"$folder"*) ;;
    *) return 1 ;;
  esac
}

start() {
  if running; then
    say "The broker runs already: $(cat "$address")"
    return
  fi
  mkdir -p "$folder"
  nohup sh "$root/scripts/agent2389" broker --port "${MQTT_PORT:-1883}" --dir "$folder/state" --quiet \
    >"$address" 2>"$log" </dev/null &
  echo $! >"$folder/broker.pid"
  # It prints its address once it listens.
  tries=0
  while [ ! -s "$address" ]; do
    if ! kill -0 "$!" 2>/dev/null || [ "$tries" -ge 600 ]; then
      rm -f "$folder/broker.pid"
      cat "$log" >&2
      say "error: the broker did not start"
      exit 1
    fi
    tries=$((tries + 1))
    sleep 0.1
  done
  cat "$address"
}

stop() {
  if ! running; then
    say "The broker does not run."
    return
  fi
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -f "$folder/broker.pid" "$address"
  say "The broker is stopped."
}

status() {
  if running; then cat "$address"; else say "The broker does not run." && exit 1; fi
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  status) status ;;
  *)
    say "Usage: scripts/dev-environment.sh start|stop|status"
    exit 2
    ;;
esac
