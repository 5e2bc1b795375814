{{/*
The pod of an agent. It takes root, name and agent.
*/}}
{{- define "agents.pod" -}}
{{- $agent := .agent -}}
serviceAccountName: {{ .name | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $agent.terminationGracePeriodSeconds }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "agents.podSecurity" 1001 | nindent 2 }}
{{- if $agent.accelerator.enabled }}
runtimeClassName: {{ $agent.accelerator.runtimeClassName | quote }}
{{- end }}
{{- with $agent.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $agent.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $agent.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if gt (int $agent.replicas) 1 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "agents.selector" .name | nindent 8 }}
{{- end }}
containers:
  - name: agent
    image: {{ include "agents.image" ($agent.image | default .root.Values.image) | quote }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    args:
      {{- range $agent.args }}
      - {{ include "agents.unexpanded" . }}
      {{- end }}
    env:
      {{- include "agents.variables" . | nindent 6 }}
    {{- if $agent.health.enabled }}
    ports:
      - name: http
        containerPort: {{ $agent.health.port }}
    {{- include "agents.probes" $agent.health | nindent 4 }}
    {{- end }}
    resources:
      {{- toYaml $agent.resources | nindent 6 }}
    securityContext:
      {{- include "agents.containerSecurity" . | nindent 6 }}
    volumeMounts:
      - name: config
        mountPath: {{ $agent.configFolder | quote }}
        readOnly: true
      - name: data
        mountPath: {{ $agent.storage.mountPath | quote }}
      {{- if $agent.accelerator.enabled }}
      - name: data
        mountPath: {{ $agent.accelerator.cachePath | quote }}
        subPath: cache
      {{- end }}
      - name: tmp
        mountPath: /tmp
volumes:
  - name: config
    configMap:
      name: {{ include "agents.configName" . | quote }}
      {{- if $agent.configPaths }}
      items:
        {{- range $agent.configFiles }}
        - key: {{ .key | quote }}
          path: {{ .path | quote }}
        {{- end }}
      {{- end }}
  - name: data
    {{- if $agent.storage.size }}
    persistentVolumeClaim:
      claimName: {{ printf "%s-data" .name | quote }}
    {{- else }}
    emptyDir: {}
    {{- end }}
  - name: tmp
    emptyDir: {}
{{- end }}

{{/*
Variables of the container: the plain ones, then the secrets, each by reference. It takes root, name and agent.
*/}}
{{- define "agents.variables" -}}
{{- $secret := include "agents.secretName" . -}}
{{- range $variable, $value := .agent.env }}
- name: {{ $variable | quote }}
  value: {{ include "agents.unexpanded" $value }}
{{- end }}
{{- range $variable, $options := .agent.secrets }}
- name: {{ $variable | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret | quote }}
      key: {{ $variable | quote }}
      {{- if not $options.required }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}

{{/*
Alive: it answers at all, or it is restarted. Ready: it takes tasks. It takes health.
*/}}
{{- define "agents.probes" -}}
startupProbe:
  httpGet:
    path: /live
    port: http
  periodSeconds: 2
  failureThreshold: {{ div (add (int .startSeconds) 1) 2 }}
livenessProbe:
  httpGet:
    path: /live
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet:
    path: /ready
    port: http
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}
