{{- range $name, $agent := .Values.agents }}
{{- if $agent.health.enabled }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
spec:
  type: {{ $agent.service.type }}
  selector:
    {{- include "agents.selector" $name | nindent 4 }}
  ports:
    - name: http
      port: {{ $agent.health.port }}
      targetPort: http
      appProtocol: http
{{- end }}
{{- end }}
