import { describe, expect, test } from 'vitest';
import { longshore } from './support.ts';

describe('longshore grok', () => {
  test('gives one line of JSON for each line of standard input', async () => {
    const line = '203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] "GET /x HTTP/1.1" 500 12 "-" "curl/8.5"';
    const { code, out } = await longshore(['grok', '%{COMBINEDAPACHELOG}'], { stdin: `${line}\n${line}` });
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]!)).toMatchObject({ clientip: '203.0.113.9', verb: 'GET', response: '500' });
  });

  test('a line that no pattern matches is null, and the exit code is 1', async () => {
    const { code, out } = await longshore(['grok', '%{IP:ip}', 'user=%{WORD:user}'], {
      stdin: '192.0.2.1\nuser=kim\nnothing\n',
    });
    expect({ code, out }).toEqual({ code: 1, out: '{"ip":"192.0.2.1"}\n{"user":"kim"}\nnull\n' });
  });

  test('own patterns and the ECS names', async () => {
    const own = await longshore(['grok', '--define', 'JOB=job-\\d+', '%{JOB:job}'], { stdin: 'job-17 done\n' });
    expect(own.out).toBe('{"job":"job-17"}\n');
    const ecs = await longshore(['grok', '--ecs', '%{SYSLOGPROG}'], { stdin: 'sshd[12]\n' });
    expect(JSON.parse(ecs.out)).toEqual({ process: { name: 'sshd', pid: 12 } });
  });

  test('a pattern that is not there is named, with the nearest one', async () => {
    const { code, out, err } = await longshore(['grok', '%{IPP:ip}'], { stdin: 'x\n' });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/IPP.*Did you mean .*IP.*\(LS_/);
    expect(err).not.toMatch(/\n {4}at /);
  });

  test('control characters of the line come out escaped', async () => {
    const { out } = await longshore(['grok', '%{GREEDYDATA:all}'], { stdin: 'a\x1b[31mb\x9b31mc\u202ed\n' });
    expect(out).toBe('{"all":"a\\u001b[31mb\\u009b31mc\\u202ed"}\n');
  });
});
