import { globSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { TemplateLibrary } from '../alerts/go-template/go-template.ts';
import { NO_ROUTING, type RoutingConfig, readRoutingConfig } from '../alerts/routing/config/read-config.ts';
import type { ConfigWarning } from '../alerts/routing/config/reading.ts';
import { LongshoreError, messageOf } from '../core/errors.ts';
import { readEachFile, type UnreadableFile, type UserFile } from './user-files.ts';

/** `alertmanager.yml` and the files of its `templates`, as text. */
export interface RoutingTexts {
  readonly file: UserFile;
  readonly templates: readonly UserFile[];
}

/** The same, read. */
export interface RoutingContent {
  readonly config: RoutingConfig;
  readonly templates: readonly UserFile[];
  readonly warnings: readonly ConfigWarning[];
  readonly mistakes: readonly LongshoreError[];
  /** What it was made from: the former texts where the new ones have mistakes. */
  readonly texts: RoutingTexts | undefined;
}

/** Undefined where the setting is not written, or the file cannot be read, which is told among `unreadable`. */
export function readRoutingTexts(path: string | undefined, unreadable: UnreadableFile[]): RoutingTexts | undefined {
  if (path === undefined) return undefined;
  const read = readEachFile(globSync(path).length === 0 ? [] : path);
  unreadable.push(...read.unreadable);
  const [file] = read.files;
  if (file === undefined) {
    if (read.unreadable.length === 0) unreadable.push({ path, reason: 'there is no such file' });
    return undefined;
  }
  const { templates } = readRoutingConfig(path, file.text).config;
  const files = readEachFile(templateGlobs(path, templates));
  unreadable.push(...files.unreadable);
  return { file, templates: files.files };
}

/** Relative to the file that names them. */
function templateGlobs(path: string, templates: readonly string[]): string[] {
  return templates.map(glob => (isAbsolute(glob) ? glob : join(dirname(path), glob)));
}

/** The globs of all files that routing is read from. */
export function routingGlobs(path: string | undefined, content: RoutingContent | undefined): string[] {
  if (path === undefined) return [];
  return [path, ...templateGlobs(path, content?.config.templates ?? [])];
}

/** With mistakes, what was read before goes on; where there was nothing, alerts are only listed. */
export function loadRouting(
  texts: RoutingTexts | undefined,
  former: RoutingTexts | undefined,
): RoutingContent | undefined {
  const first = texts === undefined ? undefined : load(texts);
  if (first !== undefined && first.mistakes.length === 0) return first;
  const mistakes = first?.mistakes ?? [];
  const warnings = first?.warnings ?? [];
  if (former !== undefined) return { ...load(former), mistakes, warnings };
  if (first === undefined) return undefined;
  return { config: NO_ROUTING, templates: [], warnings, mistakes, texts: undefined };
}

function load(texts: RoutingTexts): RoutingContent {
  const { file, templates } = texts;
  const { config, mistakes, warnings } = readRoutingConfig(file.path, file.text);
  const wrong = templates.flatMap(checkTemplate);
  return { config, templates, warnings, mistakes: [...mistakes, ...wrong], texts };
}

function checkTemplate({ path, text }: UserFile): LongshoreError[] {
  try {
    new TemplateLibrary().add(text);
    return [];
  } catch (error) {
    const [, line, what] = /^line (\d+): (.*)/s.exec(messageOf(error)) ?? [undefined, '1', messageOf(error)];
    return [new LongshoreError('LS_ALERTS_ROUTING', `${what}.`, { where: `${path}:${line}`, cause: error })];
  }
}
