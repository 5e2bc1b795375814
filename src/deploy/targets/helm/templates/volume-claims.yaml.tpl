{{- range $name, $agent := .Values.agents }}
{{- if $agent.storage.size }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name "as" (printf "%s-data" $name)) | nindent 2 }}
spec:
  accessModes:
    - ReadWriteOnce
  {{- with $agent.storage.className }}
  storageClassName: {{ . | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ $agent.storage.size | quote }}
{{- end }}
{{- end }}
