#!/bin/sh
# Deploys agents with Docker Compose, and a broker when they name none: scripts/deploy-compose.sh config/agents/*.toml
# Without arguments: the researcher, the writer and the editor.
set -eu
[ $# -gt 0 ] || set -- researcher writer editor
exec sh "$(dirname -- "$0")/agent-deploy" deploy docker "$@"
