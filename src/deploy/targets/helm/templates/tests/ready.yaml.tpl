{{- range $name, $agent := .Values.agents }}
{{- if $agent.health.enabled }}
---
# helm test: asks the agent through its Service whether it takes tasks.
apiVersion: v1
kind: Pod
metadata:
  name: {{ printf "%s-ready" (trunc 57 $name | trimSuffix "-") | quote }}
  namespace: {{ $.Release.Namespace | quote }}
  labels:
    app.kubernetes.io/name: agent2389-test
    app.kubernetes.io/instance: {{ $name | quote }}
    app.kubernetes.io/part-of: {{ $.Chart.Name | quote }}
    app.kubernetes.io/managed-by: {{ $.Release.Service | quote }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "agents.podSecurity" 1001 | nindent 4 }}
  {{- with $agent.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $agent.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: healthcheck
      image: {{ include "agents.image" ($agent.image | default $.Values.image) | quote }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args:
        - healthcheck
        - --host
        - {{ $name | quote }}
        - --port
        - {{ $agent.health.port | toString | quote }}
        - --timeout
        - "30"
      resources:
        {{- toYaml $.Values.tests.resources | nindent 8 }}
      securityContext:
        {{- include "agents.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir: {}
{{- end }}
{{- end }}
