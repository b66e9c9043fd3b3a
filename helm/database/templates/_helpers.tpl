{{/* Names, labels and small conversions. */}}

{{- define "database.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/*
Release "database" of chart "database" yields "database"; release "blue" yields "blue-database".
52 characters at most: a StatefulSet's name plus a hash must fit a label.
*/}}
{{- define "database.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "database.configName" -}}
{{- include "database.fullname" . }}-config
{{- end }}

{{- define "database.claimName" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "database.fullname" .)) }}
{{- end }}

{{- define "database.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "database.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{/* Selectors are immutable: only what stays the same for the life of a release. */}}
{{- define "database.selectorLabels" -}}
app.kubernetes.io/name: {{ include "database.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Without the chart's version: a new chart that renders the same pod must not restart it. */}}
{{- define "database.podLabels" -}}
{{- $own := fromYaml (include "database.selectorLabels" .) }}
{{- $_ := set $own "app" (include "database.name" .) }}
{{- $_ := set $own "app.kubernetes.io/component" "database" }}
{{- $_ := set $own "app.kubernetes.io/part-of" "todo-chatbot" }}
{{- $_ := set $own "app.kubernetes.io/version" (include "database.version" .) }}
{{- toYaml (merge $own (.Values.podLabels | default dict)) }}
{{- end }}

{{- define "database.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "database.selectorLabels" . }}
app: {{ include "database.name" . | quote }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: todo-chatbot
app.kubernetes.io/version: {{ include "database.version" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The tag that runs, as far as a label may hold it. */}}
{{- define "database.version" -}}
{{- $tag := ternary "" .Values.image.tag (not (empty .Values.image.digest)) }}
{{- $tag | default .Chart.AppVersion | trunc 63 | trimAll "-_." }}
{{- end }}

{{- define "database.image" -}}
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

{{- define "database.imagePullSecrets" -}}
{{- with concat ((.Values.global | default dict).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "database.config" -}}
{{- range $name, $value := .Values.env }}
{{- if not (kindIs "invalid" $value) }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}
