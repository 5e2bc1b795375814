{{ .Chart.Name }} {{ .Chart.Version }} is installed in the namespace {{ .Release.Namespace }}: {{ keys .Values.agents | sortAlpha | join ", " }}.
{{- if not .Values.externalSecrets.store }}

A pod waits until the secrets that it needs are there:
{{- if and .Values.broker.enabled .Values.broker.login.enabled }}
  kubectl --namespace {{ .Release.Namespace }} create secret generic {{ include "broker.secretName" . }} --from-env-file=FILE
    {{ .Values.broker.login.usernameKey }}, {{ .Values.broker.login.passwordKey }}
{{- end }}
{{- range $name, $agent := .Values.agents }}
{{- if $agent.secrets }}
  kubectl --namespace {{ $.Release.Namespace }} create secret generic {{ include "agents.secretName" (dict "name" $name "agent" $agent) }} --from-env-file=FILE
    {{ keys $agent.secrets | sortAlpha | join ", " }}
{{- end }}
{{- end }}
Variables are read when a pod starts. After a change of a secret:
  kubectl --namespace {{ .Release.Namespace }} rollout restart deployment NAME
{{- end }}

To see whether they take tasks:
  helm test --namespace {{ .Release.Namespace }} {{ .Release.Name }}
To read what they say:
  kubectl --namespace {{ .Release.Namespace }} logs --selector app.kubernetes.io/part-of={{ .Chart.Name }} --prefix --follow
{{- range $name, $agent := .Values.agents }}
{{- if not $agent.storage.size }}

{{ $name }} keeps accepted tasks as long as its pod. To keep them when the pod is replaced, set
agents.{{ $name }}.storage.size, as 1Gi.
{{- end }}
{{- end }}
