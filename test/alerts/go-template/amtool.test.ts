import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { templateData } from '../../../src/alerts/go-template/alert-data.ts';
import { GoTemplateError } from '../../../src/alerts/go-template/errors.ts';
import { TemplateLibrary } from '../../../src/alerts/go-template/go-template.ts';
import type { GroupData } from '../../../src/alerts/routing/group-data.ts';
import { requireOrSkip } from '../../support/services.ts';
import { hasAmtool } from '../routing/amtool.ts';
import { randomTemplate } from './random-template.ts';
import { TEMPLATE_TEXTS } from './template-texts.ts';

const FILE =
  '{{ define "file" }}({{ .Status }}){{ end }}{{ define "nested" }}{{ range . }}{{ template "item" . }}{{ end }}{{ end }}{{ define "item" }}<{{ . }}>{{ end }}';
const alert = (instance: string, status: 'firing' | 'resolved', startsAt: string) => ({
  status,
  labels: { alertname: 'HighCPU', instance, job: 'node', severity: 'page' },
  annotations: { summary: `CPU <of> ${instance} & more` },
  startsAt,
  endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-30T03:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: `00000000000000${instance.padStart(2, '0')}`,
});
const DATA: GroupData = {
  receiver: 'team',
  status: 'firing',
  alerts: [
    alert('a', 'firing', '2026-11-30T02:01:09.25Z'),
    alert('b', 'firing', '2026-11-30T14:20:00Z'),
    alert('c', 'resolved', '2026-01-02T03:04:05.123456789Z'),
  ],
  groupLabels: { alertname: 'HighCPU', job: 'node' },
  commonLabels: { alertname: 'HighCPU', job: 'node', severity: 'page' },
  commonAnnotations: { summary: 'it is "hot" & <bad>' },
  externalURL: 'http://here:9093',
};

describe.runIf(requireOrSkip('amtool', hasAmtool()))('templates give what amtool renders', () => {
  const dir = mkdtempSync(join(tmpdir(), 'longshore-templates-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'file.tmpl'), FILE);
  writeFileSync(join(dir, 'data.json'), JSON.stringify(DATA));
  const library = new TemplateLibrary();
  library.add(FILE);

  const REFUSED = 'refused';
  function theirs(text: string, type: 'text' | 'html' = 'text'): string {
    const args = [
      `--template.glob=${join(dir, '*.tmpl')}`,
      `--template.data=${join(dir, 'data.json')}`,
      `--template.text=${text}`,
      `--template.type=${type}`,
    ];
    try {
      return execFileSync('amtool', ['template', 'render', ...args], { encoding: 'utf8', stdio: 'pipe' });
    } catch {
      return REFUSED;
    }
  }
  function ours(text: string, isHtml = false): string {
    try {
      return library.render(text, templateData(DATA), isHtml);
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      return REFUSED;
    }
  }

  test.for(TEMPLATE_TEXTS)('%s', text => {
    expect(ours(text)).toBe(theirs(text));
  });

  test.for([
    '{{ .CommonAnnotations.summary }}',
    '<p title="{{ .CommonAnnotations.summary }}">{{ .CommonAnnotations.summary | safeHtml }}</p>',
    '<b>{{ range .Alerts }}{{ .Annotations.summary }}+{{ end }}</b>{{ "a+b" }}',
    '{{ toUpper "<x>" }}{{ safeHtml "<y>" }}{{ printf "%s" "<z>" }}{{ 1 }}{{ .Alerts.Firing | len }}',
  ])('as HTML: %s', text => {
    expect(ours(text, true)).toBe(theirs(text, 'html'));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('random templates, seed %i', seed => {
    for (let i = 0; i < 25; i++) {
      const text = randomTemplate(seed * 1000 + i);
      expect({ text, gives: ours(text) }).toEqual({ text, gives: theirs(text) });
    }
  });
});
