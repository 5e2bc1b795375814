{{- if .Values.broker.enabled }}
{{- $broker := .Values.broker }}
{{- $config := printf "%s-config-%s" $broker.name (.Files.Get "files/mosquitto.conf" | sha256sum | trunc 10) }}
{{- $claim := printf "%s-data" $broker.name }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "broker.metadata" (dict "root" $) | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "broker.metadata" (dict "root" $ "as" $config) | nindent 2 }}
data:
  mosquitto.conf: {{ include "agents.text" (.Files.Get "files/mosquitto.conf") | indent 2 | trim }}
immutable: true
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "broker.metadata" (dict "root" $ "as" $claim) | nindent 2 }}
spec:
  accessModes:
    - ReadWriteOnce
  {{- with $broker.storage.className }}
  storageClassName: {{ . | quote }}
  {{- end }}
  resources:
    requests:
      storage: {{ $broker.storage.size | quote }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "broker.metadata" (dict "root" $) | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "broker.selector" $ | nindent 4 }}
  ports:
    - name: mqtt
      port: {{ $broker.port }}
      targetPort: mqtt
{{- if .Values.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "broker.metadata" (dict "root" $) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "broker.selector" $ | nindent 6 }}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: agent2389
              app.kubernetes.io/component: agent
      ports:
        - protocol: TCP
          port: mqtt
  egress: []
{{- end }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "broker.metadata" (dict "root" $) | nindent 2 }}
spec:
  replicas: 1
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  # The old pod goes first: the volume belongs to one broker. Agents connect again by themselves.
  strategy:
    type: Recreate
  selector:
    matchLabels:
      {{- include "broker.selector" $ | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "broker.podLabels" $ | nindent 8 }}
    spec:
      serviceAccountName: {{ $broker.name | quote }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "agents.podSecurity" 1883 | nindent 8 }}
      {{- if $broker.login.enabled }}
      initContainers:
        # Writes the file of hashed passwords into memory that it shares with the broker.
        - name: passwords
          image: {{ include "agents.image" $broker.image | quote }}
          imagePullPolicy: {{ $broker.image.pullPolicy }}
          command:
            - sh
            - -c
            - {{ include "agents.text" (.Files.Get "files/mosquitto-passwords.sh") | indent 12 | trim }}
          env:
            {{- range list $broker.login.usernameKey $broker.login.passwordKey }}
            - name: {{ . | quote }}
              valueFrom:
                secretKeyRef:
                  name: {{ include "broker.secretName" $ | quote }}
                  key: {{ . | quote }}
            {{- end }}
          resources:
            {{- toYaml $broker.login.resources | nindent 12 }}
          securityContext:
            {{- include "agents.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      {{- end }}
      containers:
        - name: mosquitto
          image: {{ include "agents.image" $broker.image | quote }}
          imagePullPolicy: {{ $broker.image.pullPolicy }}
          command:
            - mosquitto
            - -c
            - /mosquitto/config/mosquitto.conf
          ports:
            - name: mqtt
              containerPort: {{ $broker.port }}
          startupProbe:
            tcpSocket:
              port: mqtt
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            tcpSocket:
              port: mqtt
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            tcpSocket:
              port: mqtt
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 3
          resources:
            {{- toYaml $broker.resources | nindent 12 }}
          securityContext:
            {{- include "agents.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - name: config
              mountPath: /mosquitto/config
              readOnly: true
            - name: data
              mountPath: /mosquitto/data
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: {{ $config | quote }}
        - name: data
          persistentVolumeClaim:
            claimName: {{ $claim | quote }}
        - name: tmp
          emptyDir:
            medium: Memory
{{- end }}
