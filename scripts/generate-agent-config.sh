#!/bin/sh
# Writes the config of a new agent from a template of config/templates:
#   scripts/generate-agent-config.sh routing-agent.toml.template my-agent config/agents/my-agent.toml
set -eu
exec sh "$(dirname -- "$0")/agent2389" new ${1:+"$1"} ${2:+"$2"} ${3:+--output "$3"}
