{{- range $name, $agent := .Values.agents }}
{{- if eq $agent.autoscale.kind "hpa" }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name | quote }}
  minReplicas: {{ $agent.replicas }}
  maxReplicas: {{ $agent.autoscale.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $agent.autoscale.cpuPercent }}
{{- end }}
{{- if eq $agent.autoscale.kind "keda" }}
{{- $labels := printf "{agent=%q}" $agent.agentId }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name | quote }}
  minReplicaCount: {{ $agent.replicas }}
  maxReplicaCount: {{ $agent.autoscale.maxReplicas }}
  triggers:
    - type: prometheus
      metadata:
        serverAddress: {{ $agent.autoscale.prometheusUrl | quote }}
        query: {{ printf "sum(agent2389_tasks_waiting%s + agent2389_tasks_running%s)" $labels $labels | squote }}
        threshold: {{ $agent.autoscale.tasksPerReplica | toString | quote }}
{{- end }}
{{- end }}
