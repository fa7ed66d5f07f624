import type { RuleView } from '../../../../core/api/alerts.ts';
import type {
  DefinitionFileList,
  DefinitionFileText,
  DefinitionFileWritten,
} from '../../../../core/api/definition-files.ts';
import { ApiError, ask } from '../../base/api.ts';
import { fileNameOf } from './rule-text.ts';

/** The file of a rule, as far as it can be read. */
export interface RuleFile {
  readonly path: string;
  /** Undefined: it cannot be read here, `why` says so. */
  readonly text: string | undefined;
  readonly why: string | undefined;
  /** Undefined: it cannot be written, `why` says so. */
  readonly write: ((text: string) => Promise<string>) | undefined;
}

const addressOf = (name: string): string => `api/files/rule/${name.split('/').map(encodeURIComponent).join('/')}`;

/** The file of a rule that there is. `where`: `path:line`. */
export async function readRuleFile({ where }: RuleView, signal: AbortSignal): Promise<RuleFile> {
  const path = where.replace(/:\d+$/, '');
  try {
    const { files } = await ask<DefinitionFileList>('api/files', {}, { signal });
    const info = files.find(file => file.kind === 'rule' && samePath(file.path, path));
    if (info === undefined) return { path, text: undefined, why: undefined, write: undefined };
    const { text, version } = await ask<DefinitionFileText>(addressOf(info.name), {}, { signal });
    const write = (now: string): Promise<string> => put(info.name, now, { 'if-match': `"${version}"` });
    return { path, text, why: info.why, write: info.writable ? write : undefined };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { path, text: undefined, why: error.status === 404 ? undefined : error.message, write: undefined };
  }
}

/** A file for a new rule of that name. */
export async function newRuleFile(signal: AbortSignal): Promise<(rule: string) => RuleFile> {
  const list = await ask<DefinitionFileList>('api/files', {}, { signal }).catch(() => undefined);
  const pattern = list?.patterns.rule[0] ?? 'config/rules/*.yaml';
  const folder = pattern.replace(/[^/]*$/, '').replace(/\*.*$/, '');
  return rule => {
    const name = fileNameOf(rule);
    const write = (text: string): Promise<string> => put(name, text, { 'if-none-match': '*' });
    return {
      ...{ path: `${folder}${name}`, text: undefined },
      why: list?.why,
      write: list?.editable === true ? write : undefined,
    };
  };
}

/** What the service says of it. Throws ApiError. */
async function put(name: string, text: string, headers: Record<string, string>): Promise<string> {
  const { message } = await ask<DefinitionFileWritten>(addressOf(name), {}, { method: 'PUT', body: { text }, headers });
  return message;
}

const samePath = (a: string, b: string): boolean => a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
