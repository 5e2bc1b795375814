{{/*
What selects the pods of an agent. It takes the agent's name, and never changes.
*/}}
{{- define "agents.selector" -}}
app.kubernetes.io/name: agent2389
app.kubernetes.io/instance: {{ . | quote }}
{{- end }}

{{/*
Labels of an agent's pods. It takes root and name, as all that follow do, and some of them agent.
*/}}
{{- define "agents.podLabels" -}}
{{ include "agents.selector" .name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/part-of: {{ .root.Chart.Name | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
{{- end }}

{{- define "agents.labels" -}}
{{ include "agents.podLabels" . }}
helm.sh/chart: {{ include "agents.chart" .root }}
{{- end }}

{{- define "agents.chart" -}}
{{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-._" | quote }}
{{- end }}

{{/*
It also takes as: the object's name, when that is not the agent's.
*/}}
{{- define "agents.metadata" -}}
name: {{ .as | default .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "agents.labels" . | nindent 2 }}
{{- end }}

{{- define "agents.secretName" -}}
{{ .agent.existingSecret | default (printf "%s-secrets" .name) }}
{{- end }}

{{/*
The texts of the ConfigMap, by key. Files are read as they are: nothing in a prompt is taken for a template.
*/}}
{{- define "agents.config" -}}
{{- range $index, $file := .agent.configFiles }}
{{- $path := printf "files/%s/%s" $.name $file.key }}
{{- $text := $.root.Files.Get $path }}
{{- if not $text }}{{ fail (printf "%s is missing or empty" $path) }}{{ end }}
{{- if $index }}{{ "\n" }}{{ end -}}
{{ $file.key | quote }}: {{ include "agents.text" $text }}
{{- end }}
{{- end }}

{{/*
A text as a block, as people read it; quoted when it has characters that no block carries to every reader.
*/}}
{{- define "agents.text" -}}
{{- if regexMatch "[^\\t\\n -~\\x{a0}-\\x{2027}\\x{202a}-\\x{d7ff}\\x{e000}-\\x{fefe}\\x{ff00}-\\x{fffd}\\x{10000}-\\x{10ffff}]" . -}}
{{ . | quote }}
{{- else -}}
|2{{ hasSuffix "\n" . | ternary "+" "-" }}
{{ . | trimSuffix "\n" | indent 2 }}
{{- end }}
{{- end }}

{{- define "agents.configName" -}}
{{ printf "%s-config-%s" .name (include "agents.config" . | sha256sum | trunc 10) }}
{{- end }}

{{/*
An image from its parts. It takes the parts.
*/}}
{{- define "agents.image" -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}

{{/*
What the restricted Pod Security Standard asks for. It takes the user's number.
*/}}
{{- define "agents.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "agents.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop:
    - ALL
readOnlyRootFilesystem: true
{{- end }}

{{/*
Kubernetes expands $(NAME) and takes $$ for $: text that is to arrive as it is has its dollars doubled.
*/}}
{{- define "agents.unexpanded" -}}
{{ . | replace "$" "$$" | quote }}
{{- end }}

{{- define "broker.selector" -}}
app.kubernetes.io/name: mosquitto
app.kubernetes.io/instance: {{ .Values.broker.name | quote }}
{{- end }}

{{- define "broker.podLabels" -}}
{{ include "broker.selector" . }}
app.kubernetes.io/version: {{ .Values.broker.image.tag | default "latest" | quote }}
app.kubernetes.io/component: broker
app.kubernetes.io/part-of: {{ .Chart.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{/*
It takes root, and as: the object's name, when that is not the broker's.
*/}}
{{- define "broker.metadata" -}}
name: {{ .as | default .root.Values.broker.name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "broker.podLabels" .root | nindent 2 }}
  helm.sh/chart: {{ include "agents.chart" .root }}
{{- end }}

{{- define "broker.secretName" -}}
{{ .Values.broker.login.existingSecret | default (printf "%s-login" .Values.broker.name) }}
{{- end }}

{{/*
Where an ExternalSecret comes from and goes to. It takes root and secret.
*/}}
{{- define "agents.store" -}}
refreshInterval: {{ .root.Values.externalSecrets.refreshInterval | quote }}
secretStoreRef:
  kind: {{ .root.Values.externalSecrets.kind }}
  name: {{ .root.Values.externalSecrets.store | quote }}
target:
  name: {{ .secret | quote }}
  creationPolicy: Owner
{{- end }}
