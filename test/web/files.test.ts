import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Definitions } from '../../src/definitions/definitions.ts';
import { DefinitionFiles } from '../../src/definitions/files/definition-files.ts';
import { WebServer } from '../../src/web/web-server.ts';
import { FakeDeps, optionsOf } from './fake-deps.ts';

let server: WebServer | undefined;
let dir = '';
afterEach(async () => {
  await server?.stop(AbortSignal.abort());
  rmSync(dir, { recursive: true, force: true });
});

const SHOP = `# ours
processors:
  - set: { field: a, value: 1 }
`;
const RULE = `name: burst
type: any
index: docker-logs-*
filter: []
alert: [debug] # \${NOBODY_KNOWS}
`;

interface Served {
  readonly url: string;
  readonly pipelines: string;
  readonly rules: string;
  readonly definitions: Definitions;
}

async function serve(
  options: Parameters<typeof optionsOf>[0] = { edit_definitions: true },
  globs: (dir: string) => { pipelines: string | string[]; rules: string } = dir => ({
    pipelines: join(dir, 'pipelines/*.yaml'),
    rules: join(dir, 'rules/*.yaml'),
  }),
): Promise<Served> {
  dir = mkdtempSync(join(tmpdir(), 'longshore-files-'));
  const [pipelines, rules] = [join(dir, 'pipelines'), join(dir, 'rules')];
  for (const folder of [pipelines, rules]) mkdirSync(folder);
  writeFileSync(join(pipelines, 'shop.yaml'), SHOP);
  writeFileSync(join(rules, 'burst.yaml'), RULE);
  const definitions = new Definitions({ ...globs(dir), timezone: 'UTC', alerters: {} }, { NOBODY_KNOWS: 'secret' });
  const web = optionsOf(options);
  const files = new DefinitionFiles({ definitions, isEditable: web.edit_definitions });
  server = new WebServer(web, Object.assign(new FakeDeps(), { files }));
  await server.start();
  return { url: `http://127.0.0.1:${server.port}/api/files`, pipelines, rules, definitions };
}

interface Answer {
  status: number;
  etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: whatever it answers
  body: any;
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, etag: response.headers.get('etag'), body: await response.json() };
}

const put = (url: string, text: string, headers: Record<string, string>): Promise<Answer> =>
  ask(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ text }),
  });

const NEW = { 'if-none-match': '*' };
const codeOf = ({ status, body }: Answer): unknown[] => [status, body.error?.code];

describe('files of pipelines and rules', () => {
  test('are listed and read as they are written', async () => {
    const { url, pipelines } = await serve();
    const { body } = await ask(url);
    expect(body).toMatchObject({
      editable: true,
      files: [
        { kind: 'pipeline', name: 'shop.yaml', path: join(pipelines, 'shop.yaml'), writable: true },
        { kind: 'rule', name: 'burst.yaml', writable: true },
      ],
      patterns: { pipeline: [join(pipelines, '*.yaml')] },
    });
    const rule = await ask(`${url}/rule/burst.yaml`);
    expect(rule.body).toMatchObject({ text: RULE, name: 'burst.yaml' });
    expect(rule.etag).toBe(`"${rule.body.version}"`);
  });

  test('are replaced with their comments and their mode, and taken over', async () => {
    const { url, pipelines, definitions } = await serve();
    const path = join(pipelines, 'shop.yaml');
    chmodSync(path, 0o600);
    const { etag } = await ask(`${url}/pipeline/shop.yaml`);
    const text = `${SHOP.replace('value: 1', 'value: 2')}  # more\n`;
    const written = await put(`${url}/pipeline/shop.yaml`, text, { 'if-match': etag! });
    expect(written).toMatchObject({
      status: 200,
      body: { created: false, message: '1 pipeline and 1 rule are active' },
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(definitions.current.texts.pipelines).toEqual([{ path, text }]);
    expect(readdirSync(pipelines)).toEqual(['shop.yaml']);
    expect((await ask(`${url}/pipeline/shop.yaml`)).etag).toBe(written.etag);
  });

  test('a new file comes with text/yaml, and never over one that is there', async () => {
    const { url, rules, definitions } = await serve();
    const send = (text: string) =>
      ask(`${url}/rule/new.yaml`, { method: 'PUT', headers: { 'content-type': 'text/yaml', ...NEW }, body: text });
    const text = RULE.replace('burst', 'Neue Regel');
    expect((await send(text)).status).toBe(201);
    expect(definitions.current.rules.map(({ name }) => name)).toEqual(['burst', 'Neue Regel']);
    expect(statSync(join(rules, 'new.yaml')).mode & 0o007).toBe(0);
    expect(codeOf(await send(text))).toEqual([412, 'LS_FILES_CHANGED']);
  });

  test('of two who change the same, the second is told', async () => {
    const { url, pipelines } = await serve();
    const { etag } = await ask(`${url}/pipeline/shop.yaml`);
    const answers = await Promise.all(
      [2, 3, 4, 5].map(n =>
        put(`${url}/pipeline/shop.yaml`, SHOP.replace('value: 1', `value: ${n}`), { 'if-match': etag! }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const won = answers.findIndex(({ status }) => status === 200);
    expect(readFileSync(join(pipelines, 'shop.yaml'), 'utf8')).toContain(`value: ${won + 2}`);
    // Nor is what an editor beside the page has written.
    const { etag: seen } = await ask(`${url}/pipeline/shop.yaml`);
    writeFileSync(join(pipelines, 'shop.yaml'), '# by hand\nprocessors: []\n');
    expect(codeOf(await put(`${url}/pipeline/shop.yaml`, SHOP, { 'if-match': seen! }))).toEqual([
      412,
      'LS_FILES_CHANGED',
    ]);
    expect(codeOf(await put(`${url}/pipeline/shop.yaml`, SHOP, {}))).toEqual([428, 'LS_FILES_TEXT']);
  });

  test('with a mistake nothing is written, and the line is named', async () => {
    const { url, pipelines, rules } = await serve();
    writeFileSync(join(pipelines, 'caller.yaml'), 'processors:\n  - pipeline: { name: shop }\n');
    const wrong = await put(`${url}/pipeline/shop.yaml`, `${SHOP}  - gork: {}\n`, { 'if-match': '*' });
    expect(codeOf(wrong)).toEqual([422, 'LS_FILES_MISTAKES']);
    expect(wrong.body.error.mistakes).toEqual([
      {
        where: `${join(pipelines, 'shop.yaml')}:4`,
        line: 4,
        what: 'there is no processor `gork`.',
        fix: 'Did you mean `grok`?',
        code: 'LS_PIPELINE_UNKNOWN_PROCESSOR',
      },
    ]);
    expect(readFileSync(join(pipelines, 'shop.yaml'), 'utf8')).toBe(SHOP);
    const taken = await put(`${url}/rule/again.yaml`, RULE, NEW);
    expect(taken.body.error.mistakes).toMatchObject([{ code: 'LS_ALERTS_NAME_TAKEN' }]);
    expect(readdirSync(rules)).toEqual(['burst.yaml']);
  });

  test('a mistake that another file has already keeps nobody from writing', async () => {
    const { url, pipelines, definitions } = await serve();
    writeFileSync(join(pipelines, 'broken.yaml'), 'processors: 3\n');
    await definitions.reload('test');
    expect((await put(`${url}/pipeline/fine.yaml`, SHOP, NEW)).status).toBe(201);
  });

  test('what a worker cannot take is taken back', async () => {
    const { url, pipelines, definitions } = await serve();
    definitions.follow({
      prepare: async ({ pipelines: files }) => {
        if (files.some(({ text }) => text.includes('value: 9'))) throw new Error('a worker is too old for it');
      },
      apply: async () => {},
    });
    const text = SHOP.replace('value: 1', 'value: 9');
    const refused = await put(`${url}/pipeline/shop.yaml`, text, { 'if-match': '*' });
    expect(codeOf(refused)).toEqual([500, 'LS_FILES_FAILED']);
    expect(refused.body.error.message).toContain('a worker is too old for it');
    expect(readFileSync(join(pipelines, 'shop.yaml'), 'utf8')).toBe(SHOP);
    expect((await put(`${url}/pipeline/other.yaml`, text, NEW)).status).toBe(500);
    expect(readdirSync(pipelines)).toEqual(['shop.yaml']);
    expect(definitions.current.texts.pipelines.map(file => file.text)).toEqual([SHOP]);
  });

  test('several folders: names are whole paths', async () => {
    const { url, pipelines, rules } = await serve({ edit_definitions: true }, dir => ({
      pipelines: [join(dir, 'pipelines/*.yaml'), join(dir, 'more/*.yml')],
      rules: join(dir, 'rules/*.yaml'),
    }));
    expect(rules).toBeDefined();
    const path = join(pipelines, 'shop.yaml');
    expect((await ask(`${url}/pipeline/${encodeURIComponent(path)}`)).body).toMatchObject({ text: SHOP, name: path });
    const more = join(dir, 'more/x.yml');
    expect((await put(`${url}/pipeline/${encodeURIComponent(more)}`, SHOP, NEW)).status).toBe(201);
    expect(codeOf(await put(`${url}/pipeline/${encodeURIComponent(join(dir, 'more/x.yaml'))}`, SHOP, NEW))).toEqual([
      404,
      'LS_FILES_NAME',
    ]);
  });
});

describe('files of pipelines and rules, attacked', () => {
  const NAMES = [
    '../secret.yaml',
    '..%2Fsecret.yaml',
    '%2e%2e%2fsecret.yaml',
    'x/../../secret.yaml',
    'sub/deep.yaml',
    '/etc/passwd',
    '%2Fetc%2Fpasswd',
    '.hidden.yaml',
    'a%00.yaml',
    'a b.yaml',
    'a%0Ab.yaml',
    '-rf.yaml',
    '%E2%80%AEfdp.yaml',
    'x.yaml%2F',
    'x.txt',
    '',
    `${'x'.repeat(300)}.yaml`,
    'shop.yaml%2F..%2F..%2Fsecret.yaml',
  ];
  test('no other file is read or written, whatever its name', async () => {
    const { url } = await serve();
    writeFileSync(join(dir, 'secret.yaml'), 'processors: [] # secret\n');
    const before = readdirSync(dir, { recursive: true }).sort();
    for (const kind of ['pipeline', 'rule'])
      for (const name of NAMES)
        for (const method of ['GET', 'PUT']) {
          const answer = await raw(url, method, `/api/files/${kind}/${name}`);
          expect([name, method, answer], answer).toEqual([name, method, expect.stringMatching(/^HTTP\/1\.1 40[04]/)]);
          expect(answer).not.toContain('# secret');
        }
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
    for (const kind of ['rules', '..', 'constructor', '__proto__'])
      expect((await raw(url, 'GET', `/api/files/${kind}/shop.yaml`)).slice(0, 12)).toBe('HTTP/1.1 404');
  });

  test('a link leads nowhere', async () => {
    const { url, pipelines } = await serve();
    writeFileSync(join(dir, 'secret.yaml'), 'processors: [] # secret\n');
    symlinkSync(join(dir, 'secret.yaml'), join(pipelines, 'out.yaml'));
    symlinkSync('shop.yaml', join(pipelines, 'in.yaml'));
    symlinkSync(join(dir, 'not-yet'), join(pipelines, 'dangling.yaml'));
    linkSync(join(pipelines, 'shop.yaml'), join(dir, 'hard.yaml'));
    for (const name of ['out.yaml', 'dangling.yaml']) {
      expect((await ask(`${url}/pipeline/${name}`)).status, name).toBe(404);
      for (const headers of [NEW, { 'if-match': '*' }] as Record<string, string>[])
        expect((await put(`${url}/pipeline/${name}`, SHOP, headers)).status, name).toBe(404);
    }
    // Within the folder it is shown, as Kubernetes makes them, and not replaced by a file.
    expect((await ask(`${url}/pipeline/in.yaml`)).body).toMatchObject({ text: SHOP, writable: false });
    expect(codeOf(await put(`${url}/pipeline/in.yaml`, SHOP, { 'if-match': '*' }))).toEqual([
      403,
      'LS_FILES_READ_ONLY',
    ]);
    expect(lstatSync(join(pipelines, 'in.yaml')).isSymbolicLink()).toBe(true);
    // The other name of the file keeps its text.
    await put(`${url}/pipeline/shop.yaml`, '# new\nprocessors: []\n', { 'if-match': '*' });
    expect(readFileSync(join(dir, 'hard.yaml'), 'utf8')).toBe(SHOP);
    expect(readFileSync(join(dir, 'secret.yaml'), 'utf8')).toContain('# secret');
    rmSync(join(pipelines, 'in.yaml'));
  });

  test('neither huge texts nor other types are taken', async () => {
    const { url, pipelines } = await serve();
    const huge = `# ${'x'.repeat(950_000)}\nprocessors: []\n`;
    expect(codeOf(await put(`${url}/pipeline/huge.yaml`, huge, NEW))).toEqual([400, 'LS_FILES_TEXT']);
    expect((await put(`${url}/pipeline/huge.yaml`, huge.repeat(3), NEW)).status).toBe(413);
    expect(codeOf(await put(`${url}/pipeline/zero.yaml`, 'processors: []\0', NEW))).toEqual([400, 'LS_FILES_TEXT']);
    const form = await ask(`${url}/pipeline/form.yaml`, {
      method: 'PUT',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...NEW },
      body: 'text=x',
    });
    expect(form.status).toBe(415);
    writeFileSync(join(pipelines, 'big.yaml'), huge);
    expect((await ask(`${url}/pipeline/big.yaml`)).status).toBe(404);
    expect((await ask(url)).body.files).toContainEqual(
      expect.objectContaining({ name: 'big.yaml', writable: false, why: expect.stringContaining('more than 900000') }),
    );
    expect(readdirSync(pipelines).sort()).toEqual(['big.yaml', 'shop.yaml']);
  });

  test('it is off unless it is wanted, and files of rules are hidden then', async () => {
    const { url, pipelines } = await serve({});
    expect((await ask(url)).body).toMatchObject({
      editable: false,
      why: expect.stringContaining('http.edit_definitions'),
      files: [{ writable: false }, { writable: false }],
    });
    expect((await ask(`${url}/pipeline/shop.yaml`)).status).toBe(200);
    expect(codeOf(await ask(`${url}/rule/burst.yaml`))).toEqual([403, 'LS_FILES_HIDDEN']);
    expect(codeOf(await put(`${url}/pipeline/new.yaml`, SHOP, NEW))).toEqual([403, 'LS_FILES_OFF']);
    expect(readdirSync(pipelines)).toEqual(['shop.yaml']);
  });

  test('a token needs the scope, a foreign page gets nothing', async () => {
    const tokens = (['ingest', 'read', 'admin'] as const).map(scope => ({
      name: scope,
      token: `token-${scope}`,
      scopes: [scope],
    }));
    const { url } = await serve({ edit_definitions: true, tokens });
    const as = (scope: string) => ({ authorization: `Bearer token-${scope}` });
    for (const scope of ['ingest', 'read']) {
      expect((await put(`${url}/pipeline/new.yaml`, SHOP, { ...NEW, ...as(scope) })).status).toBe(403);
      expect((await ask(`${url}/rule/burst.yaml`, { headers: as(scope) })).status).toBe(403);
    }
    expect((await put(`${url}/pipeline/new.yaml`, SHOP, NEW)).status).toBe(401);
    expect((await put(`${url}/pipeline/new.yaml`, SHOP, { ...NEW, ...as('admin') })).status).toBe(201);
  });

  test('without tokens, a page of another site gets nothing', async () => {
    const { url, pipelines } = await serve();
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      expect(codeOf(await put(`${url}/pipeline/new.yaml`, SHOP, { ...NEW, ...headers }))).toEqual([
        403,
        'LS_WEB_CROSS_SITE',
      ]);
      expect((await ask(`${url}/pipeline/shop.yaml`, { headers })).status).toBe(403);
    }
    expect(readdirSync(pipelines)).toEqual(['shop.yaml']);
  });

  test('beyond this machine it needs tokens', () => {
    const open = { address: '0.0.0.0:0', allow: ['10.0.0.0/8'] };
    expect(() => new WebServer(optionsOf({ ...open, edit_definitions: true }), new FakeDeps())).toThrow(
      'http.edit_definitions: 0.0.0.0:0 can be reached from other machines.',
    );
    expect(() => new WebServer(optionsOf(open), new FakeDeps())).not.toThrow();
  });
});

/** Sent as it is: clients tidy paths up. The whole answer. */
function raw(url: string, method: string, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const body = method === 'PUT' ? JSON.stringify({ text: 'processors: []\n' }) : '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', data => {
    answer += data;
  });
  socket.once('error', reject).once('close', () => resolve(answer));
  const headers = `host: 127.0.0.1\r\nconnection: close\r\nif-none-match: *\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.write(`${method} ${path} HTTP/1.1\r\n${headers}\r\n\r\n${body}`);
  return promise;
}
