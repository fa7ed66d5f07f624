import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { Alertmanager } from '../../../src/alerts/manager/alertmanager.ts';
import { alertmanagerApi } from '../../../src/alerts/manager/api.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import { SilenceFile } from '../../../src/alerts/silence-file.ts';
import { UserSilences } from '../../../src/alerts/user-silences.ts';
import { seeded } from '../../support/chance.ts';
import { requireOrSkip } from '../../support/services.ts';
import { type Received, startWebhook } from '../../support/webhook.ts';
import { hasAlertmanager, RealAlertmanager } from './alertmanager-process.ts';

/*
 * The same alerts, silences and configuration, at the same time, for the real Alertmanager and for ours: their webhooks
 * get the same messages. Groups are told at 1, 3, 5, ... seconds; what happens, happens in between.
 */

const config = (url: string): string => `
route:
  receiver: all
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - match: { severity: page }
    receiver: page
    continue: true
    repeat_interval: 3s
  - matchers: ['team =~ "a|b"', 'severity!="page"']
    receiver: team
    group_by: [team, instance]
  - match_re: { team: "c.*" }
    receiver: silent
    group_by: ['...']
    mute_time_intervals: [always]
  - match: { team: d }
    receiver: few
    active_time_intervals: [always]
inhibit_rules:
- source_match: { severity: page }
  target_match: { severity: info }
  equal: [instance]
- source_matchers: ['alertname="Down"']
  target_matchers: ['alertname=~"Down|Slow"']
  equal: [instance, cluster]
time_intervals:
- name: always
  time_intervals: [{ years: ['2000:2100'] }]
receivers:
- name: all
  webhook_configs: [{ url: '${url}/all' }]
  slack_configs:
  - api_url: '${url}/slack'
    channel: '#{{ .GroupLabels.alertname | toLower }}'
    send_resolved: true
    text: '{{ range .Alerts }}{{ .Annotations.summary }} {{ .Labels.severity }}{{ "\\n" }}{{ end }}'
    fields: [{ title: 'n', value: '{{ len .Alerts }}' }, { title: 's', value: x, short: true }]
    actions: [{ type: button, text: Open, url: '{{ .ExternalURL }}/x' }]
  - api_url: '${url}/slack-default'
    channel: c
    icon_emoji: ':x:'
    pretext: '{{ .CommonAnnotations.runbook }}'
    link_names: true
  discord_configs: [{ webhook_url: '${url}/discord' }]
  pagerduty_configs: [{ url: '${url}/pagerduty', routing_key: key, details: { more: '{{ .Status }}' }, severity: '{{ or .CommonLabels.severity "info" }}', class: c }]
  opsgenie_configs: [{ api_url: '${url}/opsgenie', api_key: key, tags: 'a, {{ .Status }}', priority: P1, details: { k: v } }]
  victorops_configs: [{ api_url: '${url}/victorops/', api_key: key, routing_key: team }]
  webex_configs: [{ api_url: '${url}/webex', room_id: r, http_config: { authorization: { credentials: q } } }]
- name: page
  webhook_configs: [{ url: '${url}/page', send_resolved: false }, { url: '${url}/page2' }]
- name: team
  webhook_configs: [{ url: '${url}/team' }]
- name: silent
  webhook_configs: [{ url: '${url}/silent' }]
- name: few
  webhook_configs: [{ url: '${url}/few', max_alerts: 1 }]
`;

const NAMES = ['HighCPU', 'Down', 'Slow', 'Disk'];
const INSTANCES = ['a:1', 'b:1', 'c:1'];
const SEVERITIES = ['page', 'info', 'warn'];
const TEAMS = ['a', 'b', 'cc', 'd', undefined];
const STEPS = 5;
const STEP_MS = 2000;

interface Step {
  alerts: Record<string, unknown>[];
  silences: Record<string, unknown>[];
}

function steps(seed: number, start: number): Step[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const firing = new Map<string, Record<string, unknown>>();
  return Array.from({ length: STEPS }, (_, i) => {
    const now = start + i * STEP_MS;
    const alerts: Record<string, unknown>[] = [];
    for (const [key, alert] of firing) {
      const chance = random();
      if (chance < 0.3) {
        alerts.push({ ...alert, endsAt: new Date(now).toISOString() });
        firing.delete(key);
      } else if (chance < 0.5) alerts.push(alert);
    }
    for (let n = Math.floor(random() * 6); n >= 0; n--) {
      const team = pick(TEAMS);
      const labels = {
        ...{ alertname: pick(NAMES), instance: pick(INSTANCES), severity: pick(SEVERITIES) },
        ...(team === undefined ? {} : { team }),
      };
      const key = JSON.stringify(labels);
      if (firing.has(key)) continue;
      const alert = {
        labels,
        annotations: {
          summary: `${labels.alertname} <on> & ${labels.instance}`,
          ...(random() < 0.5 ? { runbook: 'r' } : {}),
        },
        startsAt: new Date(now).toISOString(),
        endsAt: new Date(now + 600_000).toISOString(),
        generatorURL: 'http://prometheus/graph?g0=1',
      };
      firing.set(key, alert);
      alerts.push(alert);
    }
    const silences =
      random() < 0.4
        ? [
            {
              matchers: [
                { name: 'instance', value: random() < 0.5 ? pick(INSTANCES) : 'a.*', isRegex: true, isEqual: true },
              ],
              startsAt: new Date(now).toISOString(),
              endsAt: new Date(now + pick([3000, 60_000])).toISOString(),
              ...{ createdBy: 'test', comment: 'test' },
            },
          ]
        : [];
    return { alerts, silences };
  });
}

/** What tells the groups of one receiver apart that are not webhooks. */
function titleOf(body: unknown): string {
  return /HighCPU|Down|Slow|Disk/.exec(JSON.stringify(body))?.[0] ?? '';
}

/** The messages of each receiver and group, in their order, without what differs by nature. */
function messages(received: readonly Received[]): Record<string, unknown[]> {
  const byGroup: Record<string, unknown[]> = {};
  for (const { path, body } of received) {
    const { groupKey = '' } = body as { groupKey?: string };
    const group = `${path} ${groupKey === '' ? titleOf(body) : groupKey}`;
    byGroup[group] = [...(byGroup[group] ?? []), body];
  }
  return Object.fromEntries(Object.entries(byGroup).sort());
}

/** What fires as far as the last message of each webhook and group says; nothing of groups that are over. */
function firingIn(received: readonly Received[]): Record<string, string[]> {
  const known: Record<string, string[]> = {};
  for (const { path, body } of received) {
    const { groupKey, alerts } = body as { groupKey?: string; alerts?: { status: string; fingerprint: string }[] };
    if (groupKey === undefined || alerts === undefined) continue;
    const firing = alerts.filter(({ status }) => status === 'firing').map(({ fingerprint }) => fingerprint);
    if (firing.length > 0) known[`${path} ${groupKey}`] = firing.sort();
    else delete known[`${path} ${groupKey}`];
  }
  return Object.fromEntries(Object.entries(known).sort());
}

describe.runIf(requireOrSkip('Alertmanager', hasAlertmanager()))('beside the real Alertmanager', () => {
  const cleanUp: (() => unknown)[] = [];
  afterAll(async () => {
    for (const one of cleanUp) await one();
  });

  // All at once: five of them.
  test.concurrent.each([1, 2, 3])('the same messages, seed %i', { timeout: 300_000 }, async seed => {
    const { theirs, ours } = await bothOn(seed, false);
    expect(Object.keys(messages(theirs)).length).toBeGreaterThan(3);
    expect(messages(ours)).toEqual(messages(theirs));
  });

  // When a group is told next moves with a restart: what each receiver knows in the end does not, and nothing is said twice.
  test.concurrent.each([5, 6])(
    'the same is known at the end over restarts, seed %i',
    { timeout: 90_000 },
    async seed => {
      const { theirs, ours } = await bothOn(seed, true);
      expect(Object.keys(firingIn(theirs)).length).toBeGreaterThan(1);
      expect(firingIn(ours)).toEqual(firingIn(theirs));
      const keys = ours.map(({ path, headers }) => `${path} ${headers['idempotency-key']}`);
      expect(new Set(keys).size).toBe(keys.length);
    },
  );

  /** What both have sent; `restarts`: ours ends and begins anew between any two steps. */
  async function bothOn(seed: number, restarts: boolean): Promise<{ theirs: Received[]; ours: Received[] }> {
    const hooks = { theirs: await startWebhook(), ours: await startWebhook() };
    const at = (url: string): string => new URL(url).origin;
    const real = await RealAlertmanager.start(config(at(hooks.theirs.url)));
    const read = readRoutingConfig('alertmanager.yml', config(at(hooks.ours.url)));
    expect(read.mistakes).toEqual([]);
    const dir = mkdtempSync(join(tmpdir(), 'longshore-routing-'));
    const begin = async () => {
      const silences = new UserSilences(new SilenceFile(dir));
      await silences.start();
      const manager = new Alertmanager({
        ...{ home: dir, silences, config: read.config, templates: [] },
        externalUrl: () => 'http://here',
      });
      await manager.start();
      return { manager, api: alertmanagerApi(manager, '1') };
    };
    let ours = await begin();
    cleanUp.push(
      () => real.stop(),
      () => ours.manager.stop(AbortSignal.abort()),
      () => hooks.theirs.close(),
      () => hooks.ours.close(),
      () => rmSync(dir, { recursive: true, force: true }),
    );
    const post = async (path: string, body: unknown): Promise<void> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${real.url}/api/v2/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
    };
    const random = seeded(seed + 1000);
    const start = Date.now();
    for (const [i, { alerts, silences }] of steps(seed, start).entries()) {
      await sleep(start + i * STEP_MS - Date.now());
      for (const silence of silences) {
        await post('silences', silence);
        expect(await ours.api.setSilence(silence)).toHaveProperty('value');
      }
      await Promise.all([post('alerts', alerts), ours.api.post(alerts)]);
      if (!restarts) continue;
      // Not while both tell, and not so late that what waits meets the next step.
      await sleep(random() < 0.5 ? 200 + random() * 500 : 1300 + random() * 400);
      await ours.manager.stop(AbortSignal.timeout(1000));
      ours = await begin();
    }
    await sleep(start + STEPS * STEP_MS + (restarts ? 4000 : 1500) - Date.now());
    return { theirs: hooks.theirs.received, ours: hooks.ours.received };
  }
});
