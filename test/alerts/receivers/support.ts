import { readFile } from 'node:fs/promises';
import { TemplateLibrary } from '../../../src/alerts/go-template/go-template.ts';
import { DEFAULT_TEMPLATES } from '../../../src/alerts/receivers/default-templates.ts';
import { makeIntegration } from '../../../src/alerts/receivers/index.ts';
import type { Message } from '../../../src/alerts/receivers/integration.ts';
import { readRoutingConfig } from '../../../src/alerts/routing/config/read-config.ts';
import type { ToldAlert } from '../../../src/alerts/routing/dispatcher.ts';
import { groupData } from '../../../src/alerts/routing/group-data.ts';

/** What is told of alerts of the one group that tests have. */
export function messageOf(alerts: readonly ToldAlert[]): Message {
  const facts = { receiver: 'team', groupLabels: { alertname: 'HighCPU' }, externalUrl: 'http://here' };
  return {
    receiver: 'team',
    groupKey: '{}:{alertname="HighCPU"}',
    groupLabels: facts.groupLabels,
    alerts,
    data: most => groupData({ ...facts, alerts: most === undefined ? alerts : alerts.slice(0, most) }),
    idempotencyKey: 'key',
  };
}

const templates = new TemplateLibrary();
for (const text of DEFAULT_TEMPLATES) templates.add(text);

/** What fires in the group. */
export function firing(instance: string, endsAt?: number, annotations: Record<string, string> = {}): ToldAlert {
  return {
    labels: { alertname: 'HighCPU', instance },
    annotations: { summary: `<b>${instance}</b> is hot`, ...annotations },
    ...{ startsAt: Date.UTC(2026, 10, 30), endsAt, updatedAt: Date.UTC(2026, 10, 30) },
    ...{ generatorUrl: '', fingerprint: instance, isTimeout: false },
  };
}

/** Sends through the one entry of a list. @throws where the entry has mistakes */
export function sendThrough(list: string, entry: string, alerts: readonly ToldAlert[] = [firing('a')]) {
  return sendThrough.prepared(list, entry)(alerts);
}

/** The same for many messages: what is remembered between them is. */
sendThrough.prepared = (list: string, entry: string, go: typeof fetch = fetch, global = '') =>
  sendThrough.all(list, [entry], global, go)[0]!;

/** The same for each of several entries of one file. */
sendThrough.all = (list: string, entries: readonly string[], global = '', go: typeof fetch = fetch) => {
  const text = `${global}\nroute: { receiver: a }\nreceivers: [{ name: a, ${list}: [${entries.join(', ')}] }]\n`;
  const { config, mistakes } = readRoutingConfig('alertmanager.yml', text);
  if (mistakes[0] !== undefined) throw mistakes[0];
  const around = {
    ...{ fetch: go, templates },
    readFile: (path: string) => readFile(path, 'utf8'),
  };
  return config.receivers.get('a')!.integrations.map(integration => {
    const made = makeIntegration(integration, around)!;
    let remembered: string | undefined;
    return async (alerts: readonly ToldAlert[] = [firing('a')], signal = new AbortController().signal) => {
      const result = await made.send({ ...messageOf(alerts), remembered }, signal);
      if (result.ok) remembered = result.remember;
      return result;
    };
  });
};
