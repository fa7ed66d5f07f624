/*
 * The templates that texts have when a receiver does not say otherwise. Names and what they give are those of Alertmanager,
 * so that templates which call them, or take their place, go on working.
 */

const SUBJECT = `{{ define "__subject" -}}
[{{ toUpper .Status }}{{ with .Alerts.Firing }}:{{ len . }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }}
{{- " " }}{{ $more := .CommonLabels.Remove .GroupLabels.Names }}{{ if $more }}({{ join " " $more.Values }}){{ end }}
{{- end }}`;

const LISTS = `{{ define "__alertmanager" }}Alertmanager{{ end }}
{{ define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}{{ end }}
{{ define "__description" }}{{ end }}
{{ define "__text_alert_list" }}{{ range . }}Labels:
{{ range .Labels.SortedPairs }}{{ printf " - %s = %s\\n" .Name .Value }}{{ end }}Annotations:
{{ range .Annotations.SortedPairs }}{{ printf " - %s = %s\\n" .Name .Value }}{{ end }}Source: {{ .GeneratorURL }}
{{ end }}{{ end }}
{{ define "__text_alert_list_markdown" }}{{ range . }}
Labels:
{{ range .Labels.SortedPairs }}{{ printf "  - %s = %s\\n" .Name .Value }}{{ end }}
Annotations:
{{ range .Annotations.SortedPairs }}{{ printf "  - %s = %s\\n" .Name .Value }}{{ end }}
Source: {{ .GeneratorURL }}
{{ end }}{{ end }}
{{ define "__links" }}{{ with .Links.search }}Search: {{ . }}
{{ end }}{{ with .Links.rule }}Rule: {{ . }}
{{ end }}{{ with .Links.silence }}Silence: {{ . }}
{{ end }}{{ end }}
{{ define "__text_both" }}{{ template "__links" . }}{{ with .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alert_list" . }}
{{ end }}
{{ with .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alert_list" . }}
{{ end }}{{ end }}`;

/** Names that only pass on what another one gives. */
const PASSED_ON: Readonly<Record<string, string>> = {
  'slack.default.title': '__subject',
  'slack.default.username': '__alertmanager',
  'slack.default.titlelink': '__alertmanagerURL',
  'pagerduty.default.description': '__subject',
  'pagerduty.default.client': '__alertmanager',
  'pagerduty.default.clientURL': '__alertmanagerURL',
  'pagerduty.default.instances': '__text_alert_list',
  'opsgenie.default.message': '__subject',
  'opsgenie.default.source': '__alertmanagerURL',
  'victorops.default.entity_display_name': '__subject',
  'victorops.default.monitoring_tool': '__alertmanager',
  'pushover.default.title': '__subject',
  'pushover.default.url': '__alertmanagerURL',
  'discord.default.title': '__subject',
  'msteams.default.summary': '__subject',
  'msteams.default.title': '__subject',
  'msteamsv2.default.title': '__subject',
  'email.default.subject': '__subject',
  'sns.default.subject': '__subject',
  'rocketchat.default.title': '__subject',
  'rocketchat.default.titlelink': '__alertmanagerURL',
  'mattermost.default.title': '__subject',
  'mattermost.default.username': '__alertmanager',
  'mattermost.default.titlelink': '__alertmanagerURL',
  'mattermost.default.fallback': 'slack.default.fallback',
  'mattermost.default.color': 'slack.default.color',
  'jira.default.summary': '__subject',
  'jira.default.description': 'msteams.default.text',
};

const EMPTY = [
  ...['pretext', 'text', 'callbackid', 'iconemoji', 'iconurl', 'footer'].map(name => `slack.default.${name}`),
  ...['emoji', 'iconurl', 'text'].map(name => `rocketchat.default.${name}`),
  ...['to_user', 'to_party', 'to_tag', 'agent_id'].map(name => `wechat.default.${name}`),
  'discord.default.content',
].map(name => `{{ define "${name}" }}{{ end }}`);

const WITH_SUMMARY = `{{ .CommonAnnotations.SortedPairs.Values | join " " }}
{{ template "__links" . }}{{ with .Alerts.Firing }}Alerts Firing:
{{ template "__text_alert_list" . }}{{ end }}
{{ with .Alerts.Resolved }}Alerts Resolved:
{{ template "__text_alert_list" . }}{{ end }}`;

const MESSAGES = `{{ define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end }}
{{ define "slack.default.color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}
{{ define "opsgenie.default.description" }}${WITH_SUMMARY}{{ end }}
{{ define "victorops.default.state_message" }}${WITH_SUMMARY}{{ end }}
{{ define "pushover.default.message" }}${WITH_SUMMARY}{{ end }}
{{ define "webex.default.message" }}{{ .CommonAnnotations.SortedPairs.Values | join " " }}
{{ template "__text_both" . }}
{{ end }}
{{ define "discord.default.message" }}
{{ template "__text_both" . }}
{{ end }}
{{ define "telegram.default.message" }}
{{ template "__text_both" . }}
{{ end }}
{{ define "sns.default.message" }}${WITH_SUMMARY}{{ end }}
{{ define "__links_markdown" }}{{ with .Links.search }}[Search]({{ . }}) {{ end }}{{ with .Links.rule }}[Rule]({{ . }}) {{ end }}\
{{ with .Links.silence }}[Silence]({{ . }}){{ end }}{{ end }}
{{ define "msteams.default.text" }}{{ template "__links_markdown" . }}{{ with .Alerts.Firing }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" . }}
{{ end }}{{ with .Alerts.Resolved }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" . }}
{{ end }}{{ end }}
{{ define "msteamsv2.default.text" }}{{ template "msteams.default.text" . }}{{ end }}`;

/** The highest severity of a list, as far as Jira has a priority for it. */
const ranked = (list: string): string =>
  `{{ range ${list} }}{{ $severity := index .Labels "severity" }}` +
  '{{ if eq $severity "critical" }}{{ $priority = "High" }}' +
  '{{ else if and (eq $severity "warning") (ne $priority "High") }}{{ $priority = "Medium" }}' +
  '{{ else if and (eq $severity "info") (eq $priority "") }}{{ $priority = "Low" }}{{ end }}{{ end }}';

/** What fires decides; only when nothing does, what is over. */
const JIRA_PRIORITY = `{{ define "jira.default.priority" }}{{ $priority := "" }}${ranked('.Alerts.Firing')}\
{{ if eq $priority "" }}${ranked('.Alerts.Resolved')}{{ end }}{{ $priority }}{{ end }}`;

const OF_CHATS = `{{ define "wechat.default.message" }}{{ template "__subject" . }}
${WITH_SUMMARY}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}{{ end }}
{{ define "mattermost.default.text" }}{{ template "msteams.default.text" . }}{{ end }}`;

const LIST_OF_MAIL = `{{ define "__email_alerts" }}{{ range . }}
<table style="border-left:4px solid #bbb;margin:8px 0;padding-left:8px">
{{ range .Labels.SortedPairs }}<tr><td>{{ .Name }}</td><td><b>{{ .Value }}</b></td></tr>
{{ end }}{{ range .Annotations.SortedPairs }}<tr><td>{{ .Name }}</td><td>{{ .Value }}</td></tr>
{{ end }}{{ with .GeneratorURL }}<tr><td colspan="2"><a href="{{ . }}">Source</a></td></tr>
{{ end }}</table>{{ end }}{{ end }}`;

const MAIL = `${LIST_OF_MAIL}
{{ define "email.default.html" }}<!doctype html>
<html><body style="font-family:sans-serif;font-size:14px">
<h2>{{ template "__subject" . }}</h2>
{{ with .Alerts.Firing }}<h3>{{ len . }} firing</h3>{{ template "__email_alerts" . }}{{ end }}
{{ with .Alerts.Resolved }}<h3>{{ len . }} resolved</h3>{{ template "__email_alerts" . }}{{ end }}
<p><a href="{{ template "__alertmanagerURL" . }}">View in Longshore</a>{{ with .Links.search }}
 <a href="{{ . }}">Search</a>{{ end }}{{ with .Links.rule }} <a href="{{ . }}">Rule</a>{{ end }}{{ with .Links.silence }}
 <a href="{{ . }}">Silence</a>{{ end }}</p>
</body></html>{{ end }}`;

export const DEFAULT_TEMPLATES = [
  SUBJECT,
  LISTS,
  ...Object.entries(PASSED_ON).map(([name, other]) => `{{ define "${name}" }}{{ template "${other}" . }}{{ end }}`),
  ...EMPTY,
  MESSAGES,
  JIRA_PRIORITY,
  OF_CHATS,
  MAIL,
];
