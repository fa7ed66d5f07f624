import { expect, test } from 'vitest';
import { APPLICATIONS, stored, storedIn } from './applications.ts';

/*
 * `timezone` of the configuration is that of every time without a zone, whoever reads it: a shipped pipeline, or what is done for
 * lines that no pipeline knows.
 */
const inSeoul = storedIn('Asia/Seoul');
const HOURS = 3_600_000;
const hoursEarlier = (line: string, image: string): number =>
  (Date.parse(String(stored(line, image)['@timestamp'])) - Date.parse(String(inSeoul(line, image)['@timestamp']))) /
  HOURS;

test.for([
  ['python:3.12', '2026-11-20 13:55:36,123 - shop - ERROR - no stock'],
  ['eclipse-temurin:21', '2026-11-20 13:55:36.123 [main] ERROR a.B - no stock'],
  ['mariadb:11', '2026-11-20 13:55:36 0 [ERROR] no stock'],
  ['tomcat:11', '20-Nov-2026 13:55:36.123 SEVERE [main] a.B.c no stock'],
  ['nginx:1.27', '2026/11/20 13:55:36 [error] 29#29: *7 connect() failed, client: 203.0.113.9, server: shop'],
  ['redis:7', '1:M 20 Nov 2026 13:55:36.123 # Failed opening the file'],
  ['none', '2026-11-20T13:55:36.123 no stock'],
  ['none', '[20/Nov/2026 13:55:36] no stock'],
  ['none', '{"time":"2026-11-20T13:55:36","msg":"no stock"}'],
  ['none', 'time="2026-11-20 13:55:36" level=error msg="no stock"'],
] as const)('%s: %s has no zone', ([image, line]) => {
  expect(hoursEarlier(line, image)).toBe(9);
});

test.for([
  ['python:3.12', '2026-11-20T13:55:36.123+00:00 ERROR no stock'],
  ['postgres:16', '2026-11-20 13:55:36.123 UTC [42] ERROR:  no stock'],
  ['none', '{"time":"2026-11-20T13:55:36Z","msg":"no stock"}'],
  ['none', '{"ts":1795182936.123,"msg":"no stock"}'],
  ['nginx:1.27', '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 11'],
] as const)('%s: %s says its own', ([image, line]) => {
  expect(hoursEarlier(line, image)).toBe(0);
});

test('no line of any application is read in another zone than its own or the configured one', () => {
  const odd = APPLICATIONS.flatMap(({ image, lines }) =>
    lines.filter(({ line }) => ![0, 9].includes(hoursEarlier(line, image))).map(({ line }) => line),
  );
  expect(odd).toEqual([]);
});
