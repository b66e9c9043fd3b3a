{{/* The parts of the server's pod that are made from maps. */}}

{{- define "database.volumeMounts" -}}
- name: data
  mountPath: {{ .Values.persistence.mountPath }}
- name: secret-files
  mountPath: {{ .Values.secret.mountPath }}
  readOnly: true
{{- range $name, $writable := .Values.writablePaths }}
{{- if $writable }}
- name: {{ $name }}
  mountPath: {{ $writable.path }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "database.volumes" -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "database.claimName" . }}
- name: secret-files
  secret:
    secretName: {{ .Values.secret.name }}
    # Readable by the pod's group (fsGroup), by nobody else.
    defaultMode: 0440
    # Named one by one, so that a missing key is an error that says its name.
    items:
      {{- range list "password" "tls.crt" "tls.key" "ca.crt" }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
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
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "database.probes" -}}
{{- range $kind := list "startupProbe" "livenessProbe" "readinessProbe" }}
{{- with index $.Values $kind }}
{{ $kind }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
