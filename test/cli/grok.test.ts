import { describe, expect, test } from 'vitest';
import { inProcess as longshore } from './in-process.ts';

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
    const { code, out, err } = await longshore(['grok', '%{IP:ip}', '--pattern', 'user=%{WORD:user} %{INT:n}'], {
      stdin: '192.0.2.1\nuser=kim 5\nuser=kim x\nnothing\n',
    });
    expect({ code, out }).toEqual({ code: 1, out: '{"ip":"192.0.2.1"}\n{"user":"kim","n":"5"}\nnull\nnull\n' });
    expect(err).toBe(`line 1: pattern 2 matches
line 2: pattern 1 matches
line 3: pattern 1 fits up to column 9, "user=kim "; then there is no '%{INT:n}': the line goes on with: x
line 4: pattern 1 fits nowhere: there is no 'user='
`);
  });

  test('the dialect decides what a pattern means', async () => {
    const patterns = ['grok', 'user=%{WORD:user}', '%{WORD:verb} user=%{WORD:user}'];
    expect((await longshore(patterns, { stdin: 'login user=bob\n' })).out).toBe('{"verb":"login","user":"bob"}\n');
    const logstash = await longshore([...patterns, '--dialect', 'logstash'], { stdin: 'login user=bob\n' });
    expect(logstash.out).toBe('{"user":"bob"}\n');
    const wrong = await longshore([...patterns, '--dialect', 'ruby'], { stdin: '' });
    expect({ code: wrong.code, err: wrong.err.split('\n')[0] }).toEqual({
      code: 2,
      err: "longshore grok: '--dialect ruby' is neither elasticsearch nor logstash",
    });
  });

  test('numbers are numbers, and what does not convert is told', async () => {
    const { code, out, err } = await longshore(['grok', '%{NOTSPACE:a:long} %{NUMBER:b:double}'], {
      stdin: '9223372036854775807 5\nx 5\n',
    });
    expect({ code, out }).toEqual({ code: 1, out: '{"a":"9223372036854775807","b":5}\nnull\n' });
    expect(err).toBe('line 2: the pattern matches, but what was captured for [a] is not of the type long\n');
  });

  test('--json says everything in one object a line', async () => {
    const { out } = await longshore(['grok', '--json', 'user=%{WORD:user} %{INT:n:int}'], {
      stdin: 'user=kim 5\nuser=kim x\n',
    });
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(first).toEqual({ line: 'user=kim 5', outcome: 'match', pattern: 1, fields: { user: 'kim', n: 5 } });
    expect(second).toEqual({
      line: 'user=kim x',
      outcome: 'no_match',
      pattern: 1,
      mismatch: { pattern: 1, start: 0, end: 9, wanted: '%{INT:n:int}', inside: [] },
    });
  });

  test('suggest proposes patterns for the lines', async () => {
    const lines = 'user bob came from 10.0.0.1\nuser kim came from 10.0.0.2\nwhat?\n';
    const { code, out } = await longshore(['grok', 'suggest'], { stdin: lines });
    expect({ code, out }).toEqual({
      code: 0,
      out: `^user %{NOTSPACE:user} came from %{IP:ip}$
    2 of 3 lines, for example {"user":"bob","ip":"10.0.0.1"}
^(?<message>(?:.|\\n)*)$
    1 of 3 lines, for example {"message":"what?"}
`,
    });
    const json = await longshore(['grok', 'suggest', '--json'], { stdin: 'a=1\n' });
    expect(JSON.parse(json.out)).toEqual({
      pattern: '^a=%{INT:a:int}$',
      lines: 1,
      example: { line: 'a=1', fields: { a: 1 } },
    });
    expect((await longshore(['grok', 'suggest'], { stdin: '' })).code).toBe(1);
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
