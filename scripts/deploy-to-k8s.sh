#!/bin/sh
# Deploys an agent to Kubernetes: scripts/deploy-to-k8s.sh researcher-agent config/agents/researcher.toml
# Options are those of agent-deploy deploy: --dry-run, --env FILE, …
set -eu
exec sh "$(dirname -- "$0")/agent-deploy" deploy k8s "$@"
