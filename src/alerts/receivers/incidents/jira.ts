import { MINUTE_MS } from '../../../base/time/duration.ts';
import { isFields } from '../../../core/event.ts';
import type { SendResult } from '../../alerters/alerter.ts';
import { Refused } from '../../alerters/refused.ts';
import { JIRA } from '../../text/channels.ts';
import { deepFilled } from '../deep.ts';
import { isFiring, keyOf } from '../group.ts';
import type { OutRequest } from '../http/client.ts';
import type { Around, MakeIntegration, Message } from '../integration.ts';
import { cut, isYes, type Options, optionsOf, textOf } from '../options.ts';
import { result } from '../sending.ts';
import { MessageTexts } from '../texts.ts';

const MAX_SUMMARY_CHARS = 255;
const MAX_DESCRIPTION_CHARS = 32_767;

/** An issue as a search gives it. */
interface Issue {
  readonly key: string;
  readonly isDone: boolean;
}

/** `jira_configs`: an issue a group, found again by its label, updated, and moved when all is over or begins anew. */
export const jira: MakeIntegration = ({ options }, around) => ({
  send: (message, signal) => result(() => new Send(options, message, around, signal).run()),
});

/** One message. */
class Send {
  readonly #options: Options;
  readonly #message: Message;
  readonly #around: Around;
  readonly #signal: AbortSignal;
  readonly #texts: MessageTexts;

  constructor(options: Options, message: Message, around: Around, signal: AbortSignal) {
    this.#options = options;
    this.#message = message;
    this.#around = around;
    this.#signal = signal;
    this.#texts = new MessageTexts(around.templates, message, JIRA);
  }

  async run(): Promise<SendResult> {
    const issue = await this.#find();
    if (issue === undefined) {
      if (isFiring(this.#message)) await this.#ask('issue', { fields: this.#fields(false) });
      return { ok: true };
    }
    await this.#ask(`issue/${issue.key}`, { fields: this.#fields(true) }, 'PUT');
    await this.#move(issue);
    return { ok: true };
  }

  #text(name: string): string {
    return textOf(this.#options, name);
  }

  async #find(): Promise<Issue | undefined> {
    const project = this.#texts.value('project', this.#text('project'));
    const wontFix = this.#text('wont_fix_resolution');
    const minutes = Math.floor(Number(this.#options['reopen_duration'] ?? 0) / MINUTE_MS);
    const isReopened = isFiring(this.#message) && this.#text('reopen_transition') !== '' && minutes > 0;
    const jql = [
      ...(wontFix === '' ? [] : [`(resolution is EMPTY or resolution != ${JSON.stringify(wontFix)})`]),
      isReopened ? `(resolutiondate is EMPTY OR resolutiondate >= -${minutes}m)` : 'statusCategory != Done',
      `project=${JSON.stringify(project)}`,
      `labels=${JSON.stringify(this.#label)}`,
    ].join(' and ');
    const answer = await this.#ask(this.#searchPath(), {
      jql: `${jql} order by status ASC,resolutiondate DESC`,
      maxResults: 2,
      fields: ['status'],
    });
    const [first] = isFields(answer) && Array.isArray(answer['issues']) ? answer['issues'] : [];
    if (!isFields(first) || typeof first['key'] !== 'string') return undefined;
    const category = optionsOf(optionsOf(optionsOf(first['fields'])['status'])['statusCategory']);
    return { key: first['key'], isDone: category['key'] === 'done' };
  }

  get #label(): string {
    return `ALERT{${keyOf(this.#message)}}`;
  }

  /** Atlassian's own servers have given up the search that all others have. */
  #searchPath(): string {
    const type = this.#text('api_type') || 'auto';
    const host = URL.canParse(this.#text('api_url')) ? new URL(this.#text('api_url')).hostname : '';
    return type === 'cloud' || (type === 'auto' && host.endsWith('atlassian.net')) ? 'search/jql' : 'search';
  }

  #fields(isUpdate: boolean): Record<string, unknown> {
    const value = (name: string): string => this.#texts.value(name, this.#text(name));
    const summary = fieldOf(this.#options['summary'], '{{ template "jira.default.summary" . }}');
    const description = fieldOf(this.#options['description'], '{{ template "jira.default.description" . }}');
    const priority = this.#texts.value(
      'priority',
      this.#textOr('priority', '{{ template "jira.default.priority" . }}'),
    );
    const labels = (this.#options['labels'] as string[] | undefined) ?? [];
    const text = cut(this.#texts.prose('description', description.template), MAX_DESCRIPTION_CHARS);
    const fields = optionsOf(deepFilled(this.#options['fields'] ?? {}, 'fields', this.#texts));
    return {
      project: { key: value('project') },
      issuetype: { name: value('issue_type') },
      ...(isUpdate && !summary.isUpdated
        ? {}
        : { summary: cut(this.#texts.title('summary', summary.template), MAX_SUMMARY_CHARS) }),
      ...(text === '' || (isUpdate && !description.isUpdated) ? {} : { description: this.#description(text) }),
      labels: [...labels.map(label => this.#texts.value('labels', label)), this.#label].sort(),
      ...(priority === '' ? {} : { priority: { name: priority } }),
      ...fields,
    };
  }

  #textOr(name: string, fallback: string): string {
    return textOf(this.#options, name, fallback);
  }

  /** Version 3 of the API wants documents: what is none becomes one. */
  #description(text: string): unknown {
    if (!/\/3\/*$/.test(this.#text('api_url'))) return text;
    try {
      const document: unknown = JSON.parse(text);
      if (isFields(document)) return document;
    } catch {
      // A plain text.
    }
    const lines = text.trim().split('\n');
    const content = lines.map(line => ({
      type: 'paragraph',
      content: line === '' ? [] : [{ type: 'text', text: line }],
    }));
    return { type: 'doc', version: 1, content };
  }

  async #move({ key, isDone }: Issue): Promise<void> {
    const firing = isFiring(this.#message);
    const name = firing === isDone ? this.#text(firing ? 'reopen_transition' : 'resolve_transition') : '';
    if (name === '') return;
    const answer = await this.#ask(`issue/${key}/transitions`, undefined, 'GET');
    const all = isFields(answer) && Array.isArray(answer['transitions']) ? answer['transitions'].filter(isFields) : [];
    const id = all.find(one => one['name'] === name)?.['id'];
    if (id === undefined)
      throw new Refused({
        ok: false,
        scope: 'message',
        isFinal: true,
        reason: `the issue ${key} has no transition '${name.slice(0, 100)}' now`,
      });
    await this.#ask(`issue/${key}/transitions`, { transition: { id } });
  }

  async #ask(path: string, body: unknown, method: OutRequest['method'] = 'POST'): Promise<unknown> {
    const base = this.#text('api_url').replace(/\/+$/, '');
    const address = `${path === 'search/jql' ? base.replace(/\/rest\/api\/2$/, '/rest/api/3') : base}/${path}`;
    const headers = { 'Accept-Language': 'en' };
    const answer = await this.#around.http.ask(
      { address, method, body, headers },
      this.#message.idempotencyKey,
      this.#signal,
    );
    try {
      return answer.trim() === '' ? {} : JSON.parse(answer);
    } catch {
      throw new Refused({ ok: false, scope: 'place', reason: 'the answer is no JSON' });
    }
  }
}

/** A template, or `{ template, enable_update }`. */
function fieldOf(value: unknown, fallback: string): { template: string; isUpdated: boolean } {
  if (typeof value === 'string') return { template: value, isUpdated: true };
  const options = optionsOf(value);
  const { enable_update: update } = options;
  return { template: textOf(options, 'template', fallback), isUpdated: update === undefined || isYes(update) };
}
