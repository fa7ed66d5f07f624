import { basicAuth } from '../../../base/net/basic-auth.ts';
import { messageOf } from '../../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../../core/event.ts';
import type { Account } from '../account-file.ts';
import type { SendContext } from '../alerter.ts';
import { post } from '../http.ts';
import { JSON_CONTENT } from '../http-alerter.ts';
import { Refused } from '../refused.ts';

export interface Issue {
  readonly key: string;
  /** Epoch milliseconds. */
  readonly updatedAt: number;
}

/** What of Jira's REST API the alerter needs. Each call throws Refused. */
export class JiraClient {
  readonly #server: string;
  readonly #account: Account;
  readonly #timeoutMs: number;
  readonly #secrets: readonly string[];

  constructor(server: string, account: Account, timeoutMs: number, secrets: readonly string[]) {
    this.#server = server;
    this.#account = account;
    this.#timeoutMs = timeoutMs;
    this.#secrets = secrets;
  }

  async create(fields: Fields, context: SendContext): Promise<string> {
    const answer = await this.#ask('POST', '/rest/api/2/issue', { fields }, context);
    const key = isFields(answer) ? answer['key'] : undefined;
    if (typeof key === 'string' && key !== '') return key;
    throw new Refused({ ok: false, scope: 'place', reason: 'the answer names no issue' });
  }

  /** The newest issue of a search; undefined when there is none. */
  async find(jql: string, context: SendContext): Promise<Issue | undefined> {
    // Atlassian's own servers have given up the search that all others have.
    const path = new URL(this.#server).hostname.endsWith('.atlassian.net')
      ? '/rest/api/3/search/jql'
      : '/rest/api/2/search';
    const query = new URLSearchParams({ jql, maxResults: '1', fields: 'updated' });
    const answer = await this.#ask('GET', `${path}?${query}`, undefined, context);
    const [first] = isFields(answer) && Array.isArray(answer['issues']) ? answer['issues'] : [];
    if (!isFields(first) || typeof first['key'] !== 'string') return undefined;
    const updated = isFields(first['fields']) ? Date.parse(String(first['fields']['updated'])) : Number.NaN;
    return { key: first['key'], updatedAt: Number.isNaN(updated) ? 0 : updated };
  }

  async comment(key: string, body: string, context: SendContext): Promise<void> {
    await this.#ask('POST', `${issuePath(key)}/comment`, { body }, context);
  }

  async addLabels(key: string, labels: readonly string[], context: SendContext): Promise<void> {
    const update = { labels: labels.map(add => ({ add })) };
    await this.#ask('PUT', issuePath(key), { update }, context);
  }

  async transition(key: string, name: string, context: SendContext): Promise<void> {
    const answer = await this.#ask('GET', `${issuePath(key)}/transitions`, undefined, context);
    const all = isFields(answer) && Array.isArray(answer['transitions']) ? answer['transitions'] : [];
    const id = all.filter(isFields).find(one => one['name'] === name)?.['id'];
    if (id !== undefined) await this.#ask('POST', `${issuePath(key)}/transitions`, { transition: { id } }, context);
  }

  async assign(key: string, name: string, context: SendContext): Promise<void> {
    await this.#ask('PUT', `${issuePath(key)}/assignee`, { name }, context);
  }

  async watch(key: string, name: string, context: SendContext): Promise<void> {
    await this.#ask('POST', `${issuePath(key)}/watchers`, name, context);
  }

  /** Ids of priorities, in Jira's order. */
  async priorities(context: SendContext): Promise<string[]> {
    const answer = await this.#ask('GET', '/rest/api/2/priority', undefined, context);
    return Array.isArray(answer) ? answer.filter(isFields).map(one => String(one['id'])) : [];
  }

  async fields(context: SendContext): Promise<Fields[]> {
    const answer = await this.#ask('GET', '/rest/api/2/field', undefined, context);
    return Array.isArray(answer) ? answer.filter(isFields) : [];
  }

  async #ask(method: 'GET' | 'POST' | 'PUT', path: string, body: unknown, context: SendContext): Promise<unknown> {
    const { user, password, apikey } = this.#account;
    const basic = basicAuth(`${user}:${password}`);
    let answer = '';
    const result = await post(
      {
        address: { url: this.#server + path, headers: {} },
        headers: { ...JSON_CONTENT, Authorization: apikey === undefined ? basic : `Bearer ${apikey}` },
        body: body === undefined ? '' : JSON.stringify(body),
        method,
        timeoutMs: this.#timeoutMs,
        secrets: [...this.#secrets, ...[user, password, apikey].filter(one => one !== undefined)],
        judge: text => {
          answer = text;
          return { ok: true };
        },
      },
      context,
    );
    if (!result.ok) throw new Refused(result);
    try {
      return answer.trim() === '' ? newFields() : JSON.parse(answer);
    } catch (error) {
      throw new Refused({
        ok: false,
        scope: 'place',
        reason: `the answer is no JSON: ${messageOf(error).slice(0, 40)}`,
      });
    }
  }
}

const issuePath = (key: string): string => `/rest/api/2/issue/${encodeURIComponent(key)}`;
