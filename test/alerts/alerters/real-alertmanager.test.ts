import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ResolvedAlert } from '../../../src/alerts/alerters/alerter.ts';
import { newFields } from '../../../src/core/event.ts';
import { command } from '../../support/command.ts';
import { reusablePort } from '../../support/free-port.ts';
import { requireOrSkip } from '../../support/services.ts';
import { rule, tempFolder } from '../support.ts';

const PROGRAM = 'prometheus-alertmanager';
const isThere = (await command(PROGRAM, ['--version'])).code === 0;
const isAble = requireOrSkip('Alertmanager', isThere || `there is no ${PROGRAM}`);

async function alertmanager(): Promise<string> {
  const dir = tempFolder();
  const port = await reusablePort();
  writeFileSync(join(dir, 'config.yml'), 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
  const child: ChildProcess = spawn(
    PROGRAM,
    [
      `--config.file=${dir}/config.yml`,
      `--storage.path=${dir}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
  await expect
    .poll(
      () =>
        fetch(`${url}/-/ready`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 20_000 },
    )
    .toBe(200);
  return url;
}

test.runIf(isAble)('a real Alertmanager shows the alert, and that it is over', { timeout: 300_000 }, async () => {
  const url = await alertmanager();
  const text =
    `name: burst\ntype: any\nindex: docker-logs-*\nalert: alertmanager\nalertmanager_hosts: ['${url}']\n` +
    "alertmanager_labels: { severity: critical, service: '{{ service }}' }\nalertmanager_fields: { code: nested.code }\nalert_subject: S\nalert_text: T\nalert_text_type: alert_text_only\n";
  const [alerter] = rule(text).alerters;
  const match = Object.assign(newFields(), {
    '@timestamp': new Date().toISOString(),
    service: 'shop',
    nested: { code: 7 },
  });
  const send = (resolved?: ResolvedAlert) => {
    const [one] = alerter!.render({ rule: 'burst', matches: [match], resolved });
    return alerter!.send(one!, { fetch, idempotencyKey: 'k', signal: new AbortController().signal });
  };
  const shown = async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as unknown[];
  expect(await send()).toEqual({ ok: true });
  await expect.poll(shown).toMatchObject([
    {
      labels: { alertname: 'burst', elastalert_rule: 'burst', severity: 'critical', service: 'shop', code: '7' },
      annotations: { summary: 'S', description: 'T\n\n' },
      status: { state: 'active' },
    },
  ]);
  const now = Date.now();
  expect(await send({ startsAt: now - 60_000, endsAt: now, matches: 3 })).toEqual({ ok: true });
  await expect.poll(shown, { timeout: 10_000 }).toEqual([]);
});
