{{- range $name, $agent := .Values.agents }}
{{- $of := dict "root" $ "name" $name "agent" $agent }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "agents.metadata" (set $of "as" (include "agents.configName" $of)) | nindent 2 }}
data:
  {{- include "agents.config" $of | nindent 2 }}
immutable: true
{{- end }}
