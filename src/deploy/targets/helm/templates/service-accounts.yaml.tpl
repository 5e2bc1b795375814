{{- range $name, $agent := .Values.agents }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
