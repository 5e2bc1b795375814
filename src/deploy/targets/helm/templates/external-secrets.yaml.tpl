{{- if .Values.externalSecrets.store }}
{{- range $name, $agent := .Values.agents }}
{{- if $agent.secrets }}
{{- $secret := include "agents.secretName" (dict "name" $name "agent" $agent) }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name "as" $secret) | nindent 2 }}
spec:
  {{- include "agents.store" (dict "root" $ "secret" $secret) | nindent 2 }}
  dataFrom:
    - extract:
        key: {{ $name | quote }}
{{- end }}
{{- end }}
{{- if and .Values.broker.enabled .Values.broker.login.enabled }}
{{- $secret := include "broker.secretName" . }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "broker.metadata" (dict "root" $ "as" $secret) | nindent 2 }}
spec:
  {{- include "agents.store" (dict "root" $ "secret" $secret) | nindent 2 }}
  data:
    {{- range list .Values.broker.login.usernameKey .Values.broker.login.passwordKey }}
    - secretKey: {{ . | quote }}
      remoteRef:
        key: {{ $.Values.broker.login.entry | quote }}
        property: {{ . | quote }}
    {{- end }}
{{- end }}
{{- end }}
