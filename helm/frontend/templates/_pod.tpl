{{/*
The parts of the pod that its containers share: the app itself and the migration before it run from the same
image with the same environment and the same mounts.
*/}}

{{- define "todo.runtime" -}}
image: {{ include "todo.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if include "todo.config" . }}
envFrom:
  - configMapRef:
      name: {{ include "todo.configName" . }}
{{- end }}
{{- with include "todo.secretEnv" . | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- with include "todo.volumeMounts" . | trim }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "todo.secretEnv" -}}
{{- range $name, $key := (.Values.secret | default dict).env }}
{{- if $key }}
{{- if include "todo.isSet" (index ($.Values.env | default dict) $name) }}
{{- fail (printf "%s stands in env and in secret.env: take it out of one of them" $name) }}
{{- end }}
- name: {{ $name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.secret.name }}
      key: {{ $key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "todo.secretItems" -}}
{{- range $key, $file := (.Values.secret | default dict).files }}
{{- if $file }}
- key: {{ $key }}
  path: {{ $file }}
{{- end }}
{{- end }}
{{- end }}

{{- define "todo.volumeMounts" -}}
{{- range $name, $writable := .Values.writablePaths }}
{{- if $writable }}
- name: {{ $name }}
  mountPath: {{ $writable.path }}
{{- end }}
{{- end }}
{{- if include "todo.secretItems" . }}
- name: secret-files
  mountPath: {{ .Values.secret.mountPath }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "todo.volumes" -}}
{{- range $name, $writable := .Values.writablePaths }}
{{- if $writable }}
- name: {{ $name }}
  emptyDir:
    sizeLimit: {{ $writable.sizeLimit }}
    {{- with $writable.medium }}
    medium: {{ . }}
    {{- end }}
{{- end }}
{{- end }}
{{- with include "todo.secretItems" . | trim }}
- name: secret-files
  secret:
    secretName: {{ $.Values.secret.name }}
    # Readable by the pod's group (fsGroup), by nobody else.
    defaultMode: 0440
    items:
      {{- . | nindent 6 }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "todo.probes" -}}
{{- range $kind := list "startupProbe" "livenessProbe" "readinessProbe" }}
{{- with index $.Values $kind }}
{{ $kind }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Entries without a selector of their own spread the pods of this release. */}}
{{- define "todo.topologySpread" -}}
{{- $selector := dict "matchLabels" (fromYaml (include "todo.selectorLabels" .)) }}
{{- range .Values.topologySpreadConstraints }}
- {{- toYaml (merge (deepCopy .) (dict "labelSelector" $selector)) | nindent 2 }}
{{- else }}
{{- if include "todo.isReplicated" . }}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  # A single node must still take all pods.
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    {{- toYaml $selector | nindent 4 }}
  # Pods of the revision on its way out don't count.
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end }}
