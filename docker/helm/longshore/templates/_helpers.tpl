{{/* Name of everything: that of the release, with the chart's where it is not in it. */}}
{{- define "longshore.fullname" -}}
{{- if contains "longshore" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-longshore" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "longshore.secret" -}}
{{ .Values.secret.existing | default (include "longshore.fullname" .) }}
{{- end }}

{{- define "longshore.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What is selected by: (list . "central"). */}}
{{- define "longshore.selector" -}}
{{- $component := index . 1 }}{{ with index . 0 -}}
app.kubernetes.io/name: {{ if eq $component "fluent-bit" }}fluent-bit{{ else }}longshore{{ end }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ if eq $component "central" }}central{{ else }}agent{{ end }}
{{- end }}
{{- end }}

{{- define "longshore.labels" -}}
{{ include "longshore.selector" . }}
{{- with index . 0 }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- end }}

{{- define "longshore.probes" -}}
startupProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 2, failureThreshold: 60 }
livenessProbe: { httpGet: { path: /healthz, port: http }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 }
readinessProbe: { httpGet: { path: /readyz, port: http }, periodSeconds: 5, timeoutSeconds: 3 }
{{- end }}

{{- define "longshore.locked" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "longshore.secretEnv" -}}
- name: LONGSHORE_SHARED_KEY
  valueFrom: { secretKeyRef: { name: {{ include "longshore.secret" . }}, key: shared-key } }
- name: LONGSHORE_TOKEN
  valueFrom: { secretKeyRef: { name: {{ include "longshore.secret" . }}, key: token } }
{{- end }}

{{- define "longshore.nodeVolumes" -}}
- name: logs
  hostPath: { path: /var/log, type: Directory }
- name: docker
  hostPath: { path: /var/lib/docker/containers, type: '' }
{{- end }}

{{- define "longshore.nodeMounts" -}}
# The links of /var/log/containers lead to /var/log/pods and, with Docker's engine, to its own folder.
- { name: logs, mountPath: /var/log, readOnly: true }
- { name: docker, mountPath: /var/lib/docker/containers, readOnly: true }
{{- end }}
