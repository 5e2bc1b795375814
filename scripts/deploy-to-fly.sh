#!/bin/sh
# Deploys an agent to Fly.io: scripts/deploy-to-fly.sh researcher-agent config/agents/researcher.toml
# Options are those of agent-deploy deploy: --dry-run, --env FILE, …
set -eu
exec sh "$(dirname -- "$0")/agent-deploy" deploy fly "$@"
