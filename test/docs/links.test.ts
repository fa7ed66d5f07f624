import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/app/settings.ts';
import { renderReference } from '../../src/config/reference.ts';
import { codesOf, isRendered, type Page, pages, readPage } from './manual.ts';

const all = pages();
const own = all.filter(({ path }) => !isRendered(path));
/** Pages of the reference that the manual may link to before they are there. */
const TO_COME = [
  ...['settings', 'errors', 'metrics', 'http-api', 'command-line', 'processors', 'grok-patterns', 'conditions'],
  ...['multiline', 'masks', 'rules', 'alerters'],
].map(name => `docs/reference/${name}.md`);
const MAX_PICTURE_BYTES = 250_000;

describe('links', () => {
  test.for(own.map(({ path }) => path))('%s leads to files and headings that exist', path => {
    const page = readPage(path);
    const wrong = page.links.flatMap(({ line, target }) => {
      const mistake = mistakeOf(page, target);
      return mistake === undefined ? [] : [`${path}:${line}: ${target}: ${mistake}`];
    });
    expect(wrong).toEqual([]);
  });

  test('every page is reached from README.md', () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path) || !existsSync(path) || !path.endsWith('.md')) return;
      reached.add(path);
      for (const { target } of readPage(path).links)
        if (!/^[a-z]+:|^#/.test(target)) visit(normalize(join(dirname(path), target.replace(/#.*$/, ''))));
    };
    visit('README.md');
    expect(all.map(({ path }) => path).filter(path => !reached.has(path))).toEqual([]);
  });

  test('pictures are small, and each is shown', () => {
    const shown = new Set(
      all.flatMap(({ path, links }) => links.map(({ target }) => normalize(join(dirname(path), target)))),
    );
    for (const name of readdirSync('docs/images')) {
      expect(statSync(join('docs/images', name)).size, name).toBeLessThan(MAX_PICTURE_BYTES);
      expect(shown).toContain(join('docs/images', name));
    }
  });
});

function mistakeOf(page: Page, target: string): string | undefined {
  if (/^https?:/.test(target)) return URL.canParse(target) ? undefined : 'is no address';
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
  if (!existsSync(path)) return TO_COME.includes(path) ? undefined : 'there is no such file';
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  return readPage(path).anchors.has(anchor) ? undefined : `${path} has no such heading`;
}

describe('what stands between backticks is there', () => {
  const sources = globSync('src/**/*.{ts,js,html}')
    .map(path => readFileSync(path, 'utf8'))
    .join('\n');
  /** Places where one of `pattern` is written that `isKnown` does not know. */
  const unknown = (pattern: RegExp, isKnown: (name: string) => boolean): string[] =>
    own.flatMap(({ path, codes }) =>
      codes.flatMap(({ line, text }) =>
        [...text.matchAll(pattern)]
          .map(match => match[0])
          .filter(name => !isKnown(name))
          .map(name => `${path}:${line}: ${name}`),
      ),
    );

  test('error codes', () => {
    expect(
      unknown(/\bLS_[A-Z_]+[A-Z]\b/g, code => sources.includes(`'${code}'`) || sources.includes(`${code}:`)),
    ).toEqual([]);
  });

  test('metrics', () => {
    const isKnown = (name: string): boolean => sources.includes(`'${name}'`);
    expect(unknown(/\blongshore_[a-z_]+[a-z]\b/g, isKnown)).toEqual([]);
  });

  test('settings', () => {
    const known = settingNames();
    /** Fields of ECS, and files, that look like one. */
    const others = new Set(['event.action', 'event.duration', 'alerts.json', 'http.response.status_code']);
    const rooms = [...new Set([...known].filter(name => name.includes('.')).map(name => name.split('.')[0]!))];
    const setting = new RegExp(`^(?:${rooms.join('|')})\\.[a-z][a-z_.]*(?==|$)`, 'g');
    expect(known).toContain('buffer.max_bytes');
    expect(
      unknown(
        setting,
        name => known.has(name) || others.has(name) || [...known].some(one => one.startsWith(`${name}.`)),
      ),
    ).toEqual([]);
  });

  test('files of the repository', () => {
    const written = new Set(own.flatMap(({ blocks }) => blocks.map(({ path }) => path)));
    const file = /^(?:bin|config|docker|docs|pipelines|src|test|\.github|\.ci)\/[\w./*-]*(?<![./])$/g;
    expect(unknown(file, name => written.has(name) || globSync(name).length > 0)).toEqual([]);
  });

  test('ways of the HTTP API', () => {
    const isKnown = (way: string): boolean => {
      const path = way.replace(/^\w+ /, '');
      return path === '/' || sources.includes(`'${path}'`) || sources.includes(`'${way}`);
    };
    expect(unknown(/\b(?:GET|POST) \/[\w/-]*/g, isKnown)).toEqual([]);
  });

  test('messages of the log, in the tables that explain them', () => {
    const messages = own.flatMap(({ path, tables }) =>
      tables
        .filter(({ head }) => head[0] === 'Log message')
        .flatMap(({ line, rows }) =>
          rows.flatMap(([cell = '']) => codesOf(cell).map(text => ({ at: `${path}:${line}`, text }))),
        ),
    );
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter(({ text }) => !sources.includes(text)).map(({ at, text }) => `${at}: ${text}`)).toEqual([]);
  });
});

/** `buffer.max_bytes`, ... as the reference of settings has them. */
function settingNames(): Set<string> {
  const names = new Set<string>();
  let room = '';
  for (const line of renderReference(settingsSchema).split('\n')) {
    const heading = /^## `([^`]+)`/.exec(line)?.[1];
    if (line.startsWith('## '))
      room = heading === undefined ? '' : `${heading.replace(/: \{.*$/, '').replaceAll('[]', '')}.`;
    if (heading !== undefined) names.add(room.slice(0, -1));
    const name = /^\| `([^`]+)` \|/.exec(line)?.[1];
    if (name !== undefined) names.add(`${room}${name}`);
  }
  return names;
}
