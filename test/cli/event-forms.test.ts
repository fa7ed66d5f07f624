import { expect, test } from 'vitest';
import { csvLine } from '../../src/base/text/csv.ts';
import { type EventForm, eventWriter } from '../../src/cli/event-forms.ts';
import type { StoredEvent } from '../../src/core/contracts.ts';

const event = {
  ...{ _id: 'a', _index: 'docker-logs-2026.03.29', seq: 1, '@timestamp': '2026-03-29T01:30:00.000Z' },
  ...{
    level: 'WARN',
    service: 'api',
    message: 'a "b"\nc \u202eabc',
    labels: { app: 'x y' },
    tags: ['one', 'two'],
    n: -5,
  },
} as unknown as StoredEvent;

const written = (form: EventForm, fields?: string, timezone?: string, isTTY = false): string => {
  const io = { stdout: { isTTY }, env: { NO_COLOR: '1' } } as unknown as NodeJS.Process;
  const writer = eventWriter(form, { fields, timezone, io });
  return writer.head + writer.line(event);
};

test.for<[EventForm, string | undefined, string | undefined, string]>([
  ['raw', undefined, undefined, 'a "b"\nc \u202eabc\n'],
  ['raw', 'service,nosuch,n', undefined, 'api\t\t-5\n'],
  ['text', 'service,message', undefined, 'api\ta "b" c \ufffdabc\n'],
  ['text', undefined, 'Europe/Berlin', '2026-03-29T03:30:00.000+02:00 WARN  api a "b"\n    c \ufffdabc\n'],
  ['json', 'service,labels.app', undefined, '{"service":"api","labels.app":"x y"}\n'],
  [
    'logfmt',
    'n,labels,message,tags',
    undefined,
    'n=-5 labels.app="x y" message="a \\"b\\"\\nc \\u202eabc" tags="[\\"one\\",\\"two\\"]"\n',
  ],
  [
    'csv',
    '@timestamp,service,message,n',
    '-03:30',
    '@timestamp,service,message,n\n2026-03-28T22:00:00.000-03:30,api,"a ""b""\nc \u202eabc",-5\n',
  ],
  ['csv', 'timestamp,service.name', undefined, 'timestamp,service.name\n2026-03-29T01:30:00.000Z,api\n'],
])('%s of %s', ([form, fields, timezone, line]) => {
  expect(written(form, fields, timezone)).toBe(line);
});

test('on a terminal nothing of a message steers it', () => {
  expect(written('raw', undefined, undefined, true)).toBe('a "b"\n    c \ufffdabc\n');
});

test('a spreadsheet runs nothing, and numbers stay numbers', () => {
  const values = ['=1+1', '+1', '-1.5e3', '-1+1', '@x', '\t=1', ' =1', '\uff1d1', 'a=1', '', '"', '5,5', ' x'];
  expect(csvLine(values)).toBe(`'=1+1,+1,-1.5e3,'-1+1,'@x,'\t=1,' =1,'\uff1d1,a=1,,"""","5,5"," x"`);
});
