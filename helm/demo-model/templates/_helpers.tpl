{{/*
Names, labels and small conversions. The charts of the app's own programs (frontend, backend, demo-model) carry the
same templates, so that each installs alone; tests/unit/charts holds the copies equal. What differs is said in
values.yaml; a chart without secret, migrate, autoscaling … in its values does without them.
*/}}

{{- define "todo.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Release "frontend" of chart "frontend" yields "frontend"; release "blue" yields "blue-frontend". */}}
{{- define "todo.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "todo.configName" -}}
{{- include "todo.fullname" . }}-config
{{- end }}

{{- define "todo.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "todo.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* Selectors are immutable: only what stays the same for the life of a release. */}}
{{- define "todo.selectorLabels" -}}
app.kubernetes.io/name: {{ include "todo.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without the chart's version: a new chart that renders the same pod must not restart it. */}}
{{- define "todo.podLabels" -}}
{{- $own := fromYaml (include "todo.selectorLabels" .) }}
{{- $_ := set $own "app" (include "todo.name" .) }}
{{- $_ := set $own "app.kubernetes.io/component" .Chart.Name }}
{{- $_ := set $own "app.kubernetes.io/part-of" "todo-chatbot" }}
{{- $_ := set $own "app.kubernetes.io/version" (include "todo.version" .) }}
{{- toYaml (merge $own (.Values.podLabels | default dict)) }}
{{- end }}

{{- define "todo.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "todo.selectorLabels" . }}
app: {{ include "todo.name" . | quote }}
app.kubernetes.io/component: {{ .Chart.Name }}
app.kubernetes.io/part-of: todo-chatbot
app.kubernetes.io/version: {{ include "todo.version" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The tag that runs, as far as a label may hold it. */}}
{{- define "todo.version" -}}
{{- $tag := ternary "" .Values.image.tag (not (empty .Values.image.digest)) }}
{{- $tag | default .Chart.AppVersion | trunc 63 | trimAll "-_." }}
{{- end }}

{{- define "todo.image" -}}
{{- $image := .Values.image }}
{{- $registry := (.Values.global | default dict).imageRegistry | default $image.registry }}
{{- $repository := $image.repository }}
{{- if $registry }}
{{- $repository = printf "%s/%s" (trimSuffix "/" $registry) $repository }}
{{- end }}
{{- $tag := $image.tag | default .Chart.AppVersion }}
{{- if $image.digest }}
{{- printf "%s@%s" $repository $image.digest }}
{{- else if eq $tag "latest" }}
{{- fail "image.tag \"latest\" names no version, so a rollback could not go back to it: give another tag or image.digest" }}
{{- else }}
{{- printf "%s:%s" $repository $tag }}
{{- end }}
{{- end }}

{{- define "todo.imagePullSecrets" -}}
{{- with concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A scalar as text. Helm reads numbers of a values file as floats: 30000000 would print as 3e+07. */}}
{{- define "todo.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%.0f" . }}
{{- else -}}
{{- toString . }}
{{- end }}
{{- end }}

{{/*
Whether a variable has a value. Null and empty text leave it out, so that the app has its own default:
a variable that is set to nothing means something else to every program.
*/}}
{{- define "todo.isSet" -}}
{{- if not (or (kindIs "invalid" .) (eq (toString .) "")) }}true{{ end }}
{{- end }}

{{/* The env map as ConfigMap data; names quoted, or YAML would read ON and NO as something else. */}}
{{- define "todo.config" -}}
{{- range $name, $value := .Values.env }}
{{- if include "todo.isSet" $value }}
{{ $name | quote }}: {{ include "todo.text" $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* More than one pod may run. */}}
{{- define "todo.isReplicated" -}}
{{- if or (.Values.autoscaling | default dict).enabled (gt (int .Values.replicaCount) 1) }}true{{ end }}
{{- end }}
