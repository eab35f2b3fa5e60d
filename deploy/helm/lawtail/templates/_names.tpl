{{/* One name for everything: the release's, with "lawtail" in it. */}}
{{- define "lawtail.name" -}}
{{- if contains "lawtail" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-lawtail" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "lawtail.selector" -}}
app.kubernetes.io/name: lawtail
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "lawtail.labels" -}}
{{ include "lawtail.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
