{{- /* What everything is called: the release's name, with the chart's where that says nothing of it. */ -}}
{{- define "setpoint.name" -}}
{{- if contains "setpoint" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-setpoint" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "setpoint.account" -}}
{{- .Values.serviceAccount.name | default (ternary (include "setpoint.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "setpoint.labels" -}}
app: {{ include "setpoint.name" . }}
app.kubernetes.io/name: setpoint
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "setpoint.subjects" -}}
subjects: [{ kind: ServiceAccount, name: {{ include "setpoint.account" . }}, namespace: {{ .Release.Namespace }} }]
{{- end }}
