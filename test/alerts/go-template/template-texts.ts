/** Templates of every kind that people write, and those that are none; amtool is asked what they give. */
export const TEMPLATE_TEXTS: readonly string[] = [
  `[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .CommonLabels.alertname }} for {{ .CommonLabels.job }}
{{- if gt (len .CommonLabels) (len .GroupLabels) -}}
  {{" "}}(
  {{- with .CommonLabels.Remove .GroupLabels.Names }}
    {{- range $index, $label := .SortedPairs -}}
      {{ if $index }}, {{ end }}
      {{- $label.Name }}="{{ $label.Value -}}"
    {{- end }}
  {{- end -}}
  )
{{- end }}`,
  `{{ range .Alerts -}}
*Alert:* {{ .Annotations.title }}{{ if .Labels.severity }} - \`{{ .Labels.severity }}\`{{ end }}

*Details:*
  {{ range .Labels.SortedPairs }} • *{{ .Name }}:* \`{{ .Value }}\`
  {{ end }}
{{ end }}`,
  `{{ define "__single" }}{{ .Labels.SortedPairs.Values | join "/" }}{{ end }}
{{- if or (and (eq (len .Alerts.Firing) 1) (eq (len .Alerts.Resolved) 0)) (eq .Status "resolved") -}}
{{ range .Alerts.Firing }}{{ template "__single" . }}{{ end }}
{{- else -}}
{{ if gt (len .Alerts.Firing) 0 }}*Firing:*{{ range .Alerts.Firing }}
- {{ reReplaceAll "^(.*)$" "<$1>" .Labels.instance | title }}{{ end }}{{ end }}
{{- end }}`,
  'plain',
  '{{ .Status }} {{ .Receiver }} {{ .ExternalURL }}',
  '{{ .CommonAnnotations.summary }}|{{ .CommonAnnotations.missing }}|{{ .GroupLabels.alertname }}',
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]',
  '{{ .GroupLabels.SortedPairs.Values | join " " }} ({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }})',
  '{{ range .Alerts }}{{ .Labels.instance }}={{ .Annotations.summary }};{{ end }}',
  '{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $i }}:{{ $a.Labels.instance }}{{ else }}none{{ end }}',
  '{{ range .Alerts.Resolved }}{{ .Status }}{{ else }}none{{ end }}',
  '{{ range .CommonLabels.SortedPairs }}- {{ .Name }} = {{ .Value }}\n{{ end }}',
  '{{ range $k, $v := .CommonLabels }}{{ $k }}={{ $v }},{{ end }}',
  '{{ with .CommonLabels.job }}job {{ . }}{{ else }}no job{{ end }}{{ with .CommonLabels.none }}x{{ else }}y{{ end }}',
  '{{ define "one" }}<{{ . }}>{{ end }}{{ template "one" .Status }}{{ template "file" . }}',
  '{{ block "two" .Receiver }}[{{ . }}]{{ end }}',
  '{{ $x := "a" }}{{ $x }}{{ $x = "b" }}{{ $x }}{{ if true }}{{ $x = "c" }}{{ $y := 1 }}{{ $y }}{{ end }}{{ $x }}',
  '{{ $n := 0 }}{{ range .Alerts }}{{ $n = len .Labels }}{{ end }}{{ $n }}',
  '  {{- .Status -}}  x  {{- " y " -}}  z',
  '{{/* a comment */}}a{{- /* another */ -}} b',
  '{{ "quoted \\"x\\" \\n \\t \\u00e9" }}{{ `raw \\n "x"` }}{{ \'a\' }}',
  '{{ 1 }} {{ -2 }} {{ 1.5 }} {{ 2.0 }} {{ 1e3 }} {{ 0x1f }} {{ 1_000 }} {{ true }} {{ 1e21 }} {{ 0.00001 }}',
  '{{ toUpper "abc" }} {{ toLower "ABC" }} {{ title "hello wORLD of-things a_b it\'s 3abc a1b x.y u:v" }} {{ "x" | toUpper | printf "%s-%s" "y" }}',
  '{{ match "^a.*z$" "abcz" }} {{ match "b" "abc" }} {{ match "(?i)B" "abc" }} {{ match "x" "abc" }}',
  '{{ reReplaceAll "(.*):(.*)" "$2 at $1" "host:9100" }} {{ reReplaceAll "a(?P<n>b)" "<${n}$x>" "abab" }} {{ reReplaceAll "^" ">" "a" }}',
  '{{ stringSlice "a" "b" | join "," }} {{ join "-" (stringSlice "a" "b") }} {{ stringSlice }}',
  '{{ eq 1 1 }} {{ eq "a" "b" "a" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le "a" "a" }} {{ gt 2.5 1.5 }} {{ ge 1 2 }}',
  '{{ and 1 0 2 }} {{ and 1 "x" }} {{ or 0 "" "z" }} {{ or 0 "" }} {{ not 1 }} {{ not "" }} {{ and true (eq .Status "firing") }}',
  '{{ len "héllo" }} {{ len .Alerts }} {{ len .CommonLabels }} {{ len (stringSlice "a") }}',
  '{{ index .Alerts 0 | printf "%T" }}',
  '{{ (index .Alerts 0).Labels.instance }} {{ index .CommonLabels "job" }}|{{ index .CommonLabels "none" }}| {{ index (stringSlice "a" "b") 1 }} {{ index "abc" 1 }}',
  '{{ slice "abcdef" 1 3 }} {{ slice (stringSlice "a" "b" "c") 1 }}',
  '{{ printf "%s %q %v %d %5d|%-5d|%05d %x %X %t %.2f %6.2f %e %g %% %c" "a" "b\\n" 1 2 3 4 5 255 "hi" true 1.5 2.25 1234.5 0.1 65 }}',
  '{{ printf "%d" "x" }} {{ printf "%s" 1 }} {{ printf "%s" }} {{ printf "x" 1 }} {{ printf "%v %v" "a" }} {{ printf "%!" }}',
  '{{ printf "%10s|%-10s|%.2s|%+d|%#x|%*d" "ab" "cd" "efgh" 5 255 4 7 }}',
  '{{ printf "%v" .CommonLabels }} {{ printf "%s" .CommonLabels }} {{ printf "%v" (stringSlice "a" "b") }} {{ printf "%q" (stringSlice "a" "b") }}',
  '{{ .CommonLabels }} {{ .CommonLabels.Names }} {{ .CommonLabels.SortedPairs }} {{ stringSlice "a b" "c" }}',
  '{{ print 1 2 "a" "b" 3 4 true }} {{ println "a" 1 }}|{{ print }}|{{ print nil }}',
  '{{ html "<a href=\'x\'>&\\"" }} {{ urlquery "a b&c=d/é" }} {{ js "it\'s <x> \\"y\\"" }}',
  '{{ (index .Alerts 0).StartsAt.Format "2006-01-02T15:04:05Z07:00 Mon Jan _2 3:04PM .000" }} {{ (index .Alerts 0).StartsAt }}',
  '{{ (index .Alerts 0).EndsAt }} {{ (index .Alerts 0).EndsAt.IsZero }} {{ (index .Alerts 0).StartsAt.Unix }} {{ (index .Alerts 0).StartsAt.Year }} {{ (index .Alerts 0).StartsAt.Weekday }} {{ (index .Alerts 0).StartsAt.Month }}',
  '{{ range .Alerts }}{{ if eq .Labels.instance "b" }}{{ break }}{{ end }}{{ .Labels.instance }}{{ end }}',
  '{{ range .Alerts }}{{ if eq .Labels.instance "a" }}{{ continue }}{{ end }}{{ .Labels.instance }}{{ end }}',
  '{{ if and (eq .Status "firing") (gt (len .Alerts.Firing) 1) }}many{{ else if eq .Status "firing" }}one{{ else }}none{{ end }}',
  '{{ with $x := .Status }}{{ $x }}{{ $.Receiver }}{{ end }}{{ $.Status }}',
  '{{ range .Alerts }}{{ $.Status }}{{ range .Labels.SortedPairs }}{{ .Name }}{{ end }}{{ end }}',
  '{{ .Alerts.Firing | len | printf "%03d" }} {{ (.Alerts.Firing | len) | printf "%d" }}',
  '{{ len (index .Alerts 0).Labels.Names }} {{ (.CommonLabels.Remove (stringSlice "job" "x")).Names }}',
  '{{ safeHtml "<b>" }} {{ "<b>" }} {{ safeHtml "x" | toUpper }}',
  '{{ "a" | printf "%s" | printf "<%s>" }} {{ print "x" | len }}',
  '{{ if not .CommonLabels.none }}nothing{{ end }} {{ if .Alerts.Resolved }}r{{ else }}f{{ end }}',
  '{{ template "nested" (stringSlice "a" "b") }}',
  '{{ template "file" }}',
  '{{ $ := 1 }}',
  '{{ .CommonLabels.job.x }}',
  '{{ .Nothing }}',
  '{{ .Status.Nothing }}',
  '{{ .Alerts.Nothing }}',
  '{{ template "nothing" . }}',
  '{{ nothing . }}',
  '{{ $nothing }}',
  '{{ if }}{{ end }}',
  '{{ if true }}',
  '{{ end }}',
  '{{ else }}',
  '{{ range 3 }}{{ . }}{{ end }}',
  '{{ range .Status }}{{ end }}',
  '{{ break }}',
  '{{ "a',
  '{{ }}',
  '{{',
  '{{ | len }}',
  '{{ 1 | 2 }}',
  '{{ "a" "b" }}',
  '{{ 1 2 }}',
  '{{ (1 }}',
  '{{ nil }}',
  '{{ eq 1 "a" }}',
  '{{ eq 1 1.0 }}',
  '{{ lt true false }}',
  '{{ index .Alerts 9 }}',
  '{{ index .Alerts "a" }}',
  '{{ index .CommonLabels 1 }}',
  '{{ len 3 }}',
  '{{ slice "abc" 2 1 }}',
  '{{ toUpper }}',
  '{{ toUpper 1 }}',
  '{{ toUpper "a" "b" }}',
  '{{ join "," "a" }}',
  '{{ match "(" "a" }}',
  '{{ .Status "x" }}',
  '{{ .CommonLabels.Remove }}',
  '{{ define "x" }}{{ end }}{{ template "x" }}',
  '{{ define x }}{{ end }}',
  '{{ with .Alerts }}{{ len . }}{{ end }}{{ with 0 }}x{{ else }}zero{{ end }}',
  '{{ range $a := .Alerts }}{{ $a.Labels.instance }}{{ end }}{{ range $k, $v := (stringSlice "x" "y") }}{{ $k }}{{ $v }}{{ end }}',
  '{{if eq .Status "firing"}}a{{else}}b{{end}}{{ if (eq .Status "firing") }}c{{ end }}',
  'a {{- "b" }} {{ "c" -}} d {{3 -}} e {{- 3}} {{ -3 }}',
  '{{\n  .Status\n  |\n toUpper }}',
];
