{{- if .Values.networkPolicy.enabled }}
{{- range $name, $agent := .Values.agents }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "agents.metadata" (dict "root" $ "name" $name) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "agents.selector" $name | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  {{- if $agent.health.enabled }}
  ingress:
    # Health and metrics.
    - ports:
        - protocol: TCP
          port: http
      {{- if ne $agent.service.type "LoadBalancer" }}
      from:
        - namespaceSelector: {}
      {{- end }}
  {{- else }}
  ingress: []
  {{- end }}
  egress:
    # DNS.
    - ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
    {{- if $.Values.broker.enabled }}
    # The broker.
    - to:
        - podSelector:
            matchLabels:
              {{- include "broker.selector" $ | nindent 14 }}
      ports:
        - protocol: TCP
          port: {{ $.Values.broker.port }}
    {{- end }}
    # HTTPS, and the ports that the config names; not the metadata service of the cloud.
    - to:
        - namespaceSelector: {}
        - ipBlock:
            cidr: 0.0.0.0/0
            except:
              - 169.254.0.0/16
        - ipBlock:
            cidr: ::/0
            except:
              - fe80::/10
              - fd00:ec2::254/128
      ports:
        {{- range $agent.egressPorts }}
        - protocol: TCP
          port: {{ . }}
        {{- end }}
{{- end }}
{{- end }}
