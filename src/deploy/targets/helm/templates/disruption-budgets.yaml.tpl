{{- range $name, $agent := .Values.agents }}
{{- if gt (int $agent.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "agents.selector" $name | nindent 6 }}
  unhealthyPodEvictionPolicy: AlwaysAllow
{{- end }}
{{- end }}
