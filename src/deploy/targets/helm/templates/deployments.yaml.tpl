{{- range $name, $agent := .Values.agents }}
{{- $of := dict "root" $ "name" $name "agent" $agent }}
{{- if and $agent.storage.size (or (gt (int $agent.replicas) 1) (ne $agent.autoscale.kind "none")) }}
{{- fail (printf "agents.%s: several replicas cannot share one volume: leave storage.size empty, or run one replica" $name) }}
{{- end }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "agents.metadata" $of | nindent 2 }}
  {{- with $agent.description }}
  annotations:
    kubernetes.io/description: {{ . | quote }}
  {{- end }}
spec:
  {{- if eq $agent.autoscale.kind "none" }}
  replicas: {{ $agent.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  {{- if or $agent.accelerator.enabled $agent.storage.size }}
  # The old pod goes first: a GPU, or the journal on a volume, belongs to one pod. Tasks wait with the broker meanwhile.
  strategy:
    type: Recreate
  {{- else }}
  # The new pod is ready before the old one goes, which ends its running tasks first.
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  {{- end }}
  selector:
    matchLabels:
      {{- include "agents.selector" $name | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "agents.podLabels" $of | nindent 8 }}
        {{- with $agent.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $agent.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "agents.pod" $of | nindent 6 }}
{{- end }}
