import { isoTime } from '../../base/time/iso.ts';
import type { Level } from '../../core/event.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { levelOf } from '../../core/schema/levels.ts';
import { placeLabel } from '../labels.ts';
import { at, type HookEvents, NOTHING, readHook, textAt, timeAt, wrong } from './hook.ts';

const EXAMPLE = 'what Alertmanager\'s webhook_configs send: {"alerts": [{"status": ..., "labels": ...}]}';

/**
 * One event an alert of a notification of Alertmanager (version 4 of its webhooks), or of what sends the same (Grafana, vmalert). A
 * firing one has the time at which it began and the level of its label `severity`, a resolved one the time of its end. Throws
 * LS_INPUTS_WEBHOOK. `now`: epoch milliseconds.
 */
export function alertmanagerEvents(body: Buffer, maxEvents: number, now: number): HookEvents | 'crowd' {
  const notification = readHook(body, EXAMPLE);
  const alerts = notification['alerts'];
  if (!Array.isArray(alerts)) throw wrong('it has no list of alerts', `Send ${EXAMPLE}.`);
  if (alerts.length > maxEvents) return 'crowd';
  const records: Fields[] = [];
  const ids: string[] = [];
  for (const [i, alert] of alerts.entries()) {
    if (!isFields(alert) || !isFields(alert['labels'])) throw wrong(`alert ${i + 1} has no labels`, `Send ${EXAMPLE}.`);
    const said = new Alert(alert, alert['labels'], now);
    records.push(said.record(notification));
    ids.push(said.id);
  }
  const cut = notification['truncatedAlerts'];
  const note = typeof cut === 'number' && cut > 0 ? `Alertmanager left out ${cut} alerts (max_alerts)` : undefined;
  if (records.length === 0) return NOTHING('it has no alerts');
  return { records, ids, growth: SAID.reduce((sum, name) => sum + (textAt(notification, name)?.length ?? 0), 0), note };
}

/** What a notification says of all its alerts. */
const SAID = ['receiver', 'externalURL', 'groupKey'] as const;
/** Annotations that say what is the matter, the shortest first. */
const SUMMARIES = ['summary', 'message', 'title', 'description'];

class Alert {
  readonly #alert: Fields;
  readonly #labels: Fields;
  readonly #isResolved: boolean;
  readonly #start: number;
  readonly #end: number | undefined;

  constructor(alert: Fields, labels: Fields, now: number) {
    this.#alert = alert;
    this.#labels = labels;
    this.#isResolved = alert['status'] === 'resolved';
    this.#start = timeAt(alert, 'startsAt') ?? now;
    this.#end = this.#isResolved ? (timeAt(alert, 'endsAt') ?? now) : undefined;
  }

  /** The same for whoever tells it, and however often. */
  get id(): string {
    const { fingerprint } = this.#alert;
    const named = typeof fingerprint === 'string' && fingerprint !== '' ? fingerprint : textOf(this.#labels);
    return JSON.stringify([named, textAt(this.#alert, 'startsAt'), this.#isResolved]);
  }

  record(notification: Fields): Fields {
    const record = newFields();
    const name = textAt(this.#labels, 'alertname');
    record['@timestamp'] = isoTime(this.#end ?? this.#start);
    record['level'] = this.#level;
    const summary = SUMMARIES.map(each => textAt(this.#alert, 'annotations', each)).find(each => each !== undefined);
    const title = [name, summary].filter(part => part !== undefined).join(': ') || 'an alert without a name';
    record['message'] = this.#isResolved ? `resolved: ${title}` : title;
    const service = textAt(this.#labels, 'service') ?? textAt(this.#labels, 'job');
    if (service !== undefined) record['service'] = service;
    record['event'] = { kind: 'alert', action: this.#isResolved ? 'resolved' : 'firing' };
    record['alert'] = this.#facts(name, notification);
    record['labels'] = this.#placed(record);
    if (isFields(this.#alert['annotations'])) record['annotations'] = this.#alert['annotations'];
    return record;
  }

  get #level(): Level {
    if (this.#isResolved) return 'INFO';
    const severity = at(this.#labels, 'severity');
    return severity === 'none' ? 'INFO' : (levelOf(severity) ?? 'ERROR');
  }

  #facts(name: string | undefined, notification: Fields): Fields {
    const facts = newFields();
    const all = {
      name,
      fingerprint: textAt(this.#alert, 'fingerprint'),
      starts_at: isoTime(this.#start),
      ends_at: this.#end && isoTime(this.#end),
      url: textAt(this.#alert, 'generatorURL'),
      receiver: textAt(notification, 'receiver'),
      alertmanager: textAt(notification, 'externalURL'),
      group: textAt(notification, 'groupKey'),
      // Grafana's: what was measured, and where to look and to silence.
      values: isFields(this.#alert['values']) ? this.#alert['values'] : undefined,
      dashboard: textAt(this.#alert, 'dashboardURL'),
      panel: textAt(this.#alert, 'panelURL'),
      silence: textAt(this.#alert, 'silenceURL'),
    };
    for (const [key, value] of Object.entries(all)) if (value !== undefined) facts[key] = value;
    return facts;
  }

  /** All labels, for searches by their names; those of containers and pods are also where they are in logs. */
  #placed(record: Fields): Fields {
    for (const [name, value] of Object.entries(this.#labels))
      if (typeof value === 'string' && value !== '' && name !== 'severity') placeLabel(record, name, value);
    return this.#labels;
  }
}

/** Labels in one order. */
function textOf(labels: Fields): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
