{{- range $name, $agent := .Values.agents }}
{{- if and $agent.serviceMonitor.enabled $agent.health.enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
    {{- with $agent.serviceMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "agents.selector" $name | nindent 6 }}
  endpoints:
    - port: http
      path: /metrics
      interval: {{ $agent.serviceMonitor.interval | quote }}
      {{- with $agent.serviceMonitor.tokenKey }}
      authorization:
        type: Bearer
        credentials:
          name: {{ include "agents.secretName" (dict "name" $name "agent" $agent) | quote }}
          key: {{ . | quote }}
      {{- end }}
{{- end }}
{{- end }}
