import { createHash } from 'node:crypto';
import { DAY_MS } from '../../../base/time/duration.ts';
import { isoTime } from '../../../base/time/iso.ts';
import { type Fields, newFields } from '../../../core/event.ts';
import { logger } from '../../../core/log.ts';
import { lookup } from '../../lookup.ts';
import { pythonStr } from '../../python/str.ts';
import { localZone, strftime } from '../../python/time.ts';
import { JIRA } from '../../text/channels.ts';
import { type Account, checkAccount, readAccount } from '../account-file.ts';
import { checkAddresses } from '../address.ts';
import type {
  Alert,
  Alerter,
  AlerterKind,
  AlerterSettings,
  Notification,
  SendContext,
  SendResult,
} from '../alerter.ts';
import { timeoutMs } from '../http.ts';
import { Refused } from '../refused.ts';
import { firstOf, resolvedText, textOf, textsOf } from '../told.ts';
import { checkWay, RequestWay, wayOptions } from '../way.ts';
import { JiraClient } from './jira-client.ts';
import { jiraField } from './jira-fields.ts';

const log = logger('alerts');

const STYLE = { tableWidth: 80, fenced: false, marks: JIRA, fieldsIn: '{code}', tableIn: '{noformat}' };
/** Jira's limits. */
const MAX_SUMMARY_CHARS = 254;
const MAX_DESCRIPTION_CHARS = 32_000;
const MAX_COMMENTS = 20;
const DEFAULT_MAX_AGE_DAYS = 30;
const REQUIRED = ['jira_server', 'jira_account_file', 'jira_project', 'jira_issuetype'];

const OPTIONS = {
  jira_server: 'text',
  jira_account_file: 'text',
  jira_project: 'text',
  jira_issuetype: 'text',
  jira_parent: 'text',
  jira_assignee: 'text',
  jira_component: 'text_or_texts',
  jira_components: 'text_or_texts',
  jira_description: 'text',
  jira_label: 'text_or_texts',
  jira_labels: 'text_or_texts',
  jira_priority: 'number',
  jira_watchers: 'text_or_texts',
  jira_bump_tickets: 'boolean',
  jira_bump_only: 'boolean',
  jira_bump_in_statuses: 'text_or_texts',
  jira_bump_not_in_statuses: 'text_or_texts',
  jira_bump_after_inactivity: 'number',
  jira_ignore_in_title: 'text',
  jira_max_age: 'number',
  jira_transition_to: 'text',
  ...wayOptions('jira'),
} as const;

/** Issues in Jira: one an instance; what follows, and that it is over, are comments on it. */
export const jira: AlerterKind = {
  type: 'jira',
  options: OPTIONS,
  check: (options, folder) => [
    ...checkAddresses('jira_server', options['jira_server']),
    ...checkAccount('jira_account_file', options['jira_account_file'], folder, 'any'),
    ...checkWay('jira', options, folder),
  ],
  create: settings => new Jira(settings),
};

/** What waits in the outbox. */
interface Message {
  readonly summary: string;
  readonly description: string;
  /** A comment for each match, where the issue is there already. */
  readonly comments: readonly string[];
  /** JQL that finds an issue of the same title. */
  readonly jql: string;
  /** Options of Jira's own fields, with their values. */
  readonly own: Fields;
}

class Jira implements Alerter {
  readonly type = 'jira';
  readonly missing: string | undefined;
  readonly #settings: AlerterSettings;
  readonly #options: Fields;
  readonly #client: JiraClient;
  readonly #way: RequestWay;
  readonly #place: string;

  constructor(settings: AlerterSettings) {
    const { options, folder } = settings;
    this.#settings = settings;
    this.#options = options;
    this.missing = REQUIRED.find(name => textOf(options, name) === undefined);
    const server = (textOf(options, 'jira_server') ?? '').replace(/\/+$/, '');
    const account = accountOf(textOf(options, 'jira_account_file'), folder);
    this.#way = new RequestWay('jira', options, folder);
    this.#client = new JiraClient(server, account, timeoutMs(options['jira_timeout']), this.#way.secrets);
    this.#place = `jira:${createHash('sha256').update(server).digest('hex').slice(0, 16)}`;
  }

  render(alert: Alert): Notification[] {
    const { instance, resolved } = alert;
    const message = resolved === undefined ? this.#message(alert) : over(resolvedText(resolved));
    return [
      { target: 0, body: JSON.stringify(message), instance, ...(resolved !== undefined && { isResolved: true }) },
    ];
  }

  queue(): string {
    return this.#place;
  }

  async send(notification: Notification, given: SendContext): Promise<SendResult> {
    const context = this.#way.through(given);
    const message = JSON.parse(notification.body) as Message;
    const { remembered } = context;
    try {
      if (notification.isResolved === true) {
        if (remembered !== undefined) await this.#client.comment(remembered, message.comments[0] ?? '', context);
        return { ok: true };
      }
      const bumped = remembered ?? (await this.#bump(message, context));
      if (bumped === 'busy') return { ok: true };
      if (bumped !== undefined) {
        await this.#follow(bumped, message, context);
        return { ok: true, remember: bumped };
      }
      if (this.#options['jira_bump_only'] === true) return { ok: true };
      return { ok: true, remember: await this.#open(message, context) };
    } catch (error) {
      if (error instanceof Refused) return error.result;
      throw error;
    }
  }

  /** The issue that is there already; `busy`: somebody has worked on it too lately to be told. */
  async #bump({ jql }: Message, context: SendContext): Promise<string | undefined> {
    if (this.#options['jira_bump_tickets'] !== true) return undefined;
    const found = await this.#client.find(jql, context);
    const quiet = this.#options['jira_bump_after_inactivity'];
    if (found === undefined || typeof quiet !== 'number' || quiet <= 0) return found?.key;
    return found.updatedAt >= Date.now() - quiet * DAY_MS ? 'busy' : found.key;
  }

  async #follow(key: string, { comments }: Message, context: SendContext): Promise<void> {
    for (const comment of comments) await this.#client.comment(key, comment, context);
    const labels = this.#labels();
    if (labels.length > 0) await this.#client.addLabels(key, labels, context);
    const transition = textOf(this.#options, 'jira_transition_to');
    if (transition !== undefined) await this.#client.transition(key, transition, context);
  }

  async #open({ summary, description, own }: Message, context: SendContext): Promise<string> {
    const options = this.#options;
    const fields = newFields();
    fields['project'] = { key: options['jira_project'] };
    if (textOf(options, 'jira_parent') !== undefined) fields['parent'] = { key: options['jira_parent'] };
    fields['issuetype'] = { name: options['jira_issuetype'] };
    const components = textsOf(options['jira_components'] ?? options['jira_component']);
    if (components.length > 0) fields['components'] = components.map(name => ({ name }));
    if (this.#labels().length > 0) fields['labels'] = this.#labels();
    await this.#addPriority(fields, context);
    await this.#addOwn(fields, own, context);
    fields['summary'] = summary;
    fields['description'] = description;
    const key = await this.#client.create(fields, context);
    // The issue is there: what more is wanted of it must not open another one.
    try {
      const assignee = textOf(options, 'jira_assignee');
      if (assignee !== undefined) await this.#client.assign(key, assignee, context);
      for (const watcher of textsOf(options['jira_watchers'])) await this.#client.watch(key, watcher, context);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      log.warn({ alerter: 'jira', issue: key, reason: error.message }, 'an issue is open, but not all is set in it');
    }
    return key;
  }

  async #addPriority(fields: Fields, context: SendContext): Promise<void> {
    const wanted = this.#options['jira_priority'];
    if (typeof wanted !== 'number') return;
    const ids = await this.#client.priorities(context);
    if (ids[wanted] !== undefined) fields['priority'] = { id: ids[wanted] };
    else log.warn({ alerter: 'jira', wanted, known: ids.length }, 'Jira has no such priority; the issue goes without');
  }

  async #addOwn(fields: Fields, own: Fields, context: SendContext): Promise<void> {
    if (Object.keys(own).length === 0) return;
    const known = await this.#client.fields(context);
    for (const [option, value] of Object.entries(own)) {
      const field = jiraField(option, value, known);
      if (field !== undefined) fields[field[0]] = field[1];
      else log.warn({ alerter: 'jira', option }, 'Jira has no such field; the issue goes without');
    }
  }

  #labels(): string[] {
    return textsOf(this.#options['jira_labels'] ?? this.#options['jira_label']);
  }

  #message(alert: Alert): Message {
    const { texts, options } = this.#settings;
    const match = firstOf(alert);
    const hasSubject = options['alert_subject'] !== undefined && options['alert_subject'] !== null;
    const title = hasSubject ? texts.title(alert.matches) : this.#defaultTitle(match);
    const description = `${textOf(options, 'jira_description') ?? ''}\n${texts.body(alert.matches, STYLE)}`;
    return {
      summary: title.replace(/\s+/g, ' ').slice(0, MAX_SUMMARY_CHARS).toWellFormed(),
      description: description.slice(0, MAX_DESCRIPTION_CHARS).toWellFormed(),
      comments: alert.matches.slice(0, MAX_COMMENTS).map(one => this.#comment(one)),
      jql: this.#jql(hasSubject ? title : this.#shortTitle(match), match),
      own: this.#ownFields(match),
    };
  }

  #comment(match: Fields): string {
    const time = prettyOf(lookup(match, this.#timestampField())) ?? isoTime(Date.now());
    const text = `This alert was triggered again at ${time}\n${this.#settings.texts.body([match], STYLE)}`;
    return text.slice(0, MAX_DESCRIPTION_CHARS).toWellFormed();
  }

  #shortTitle(match: Fields): string {
    const field = textOf(this.#options, 'query_key');
    const key = field === undefined ? undefined : (lookup(match, field) ?? undefined);
    const name = pythonStr(this.#options['name']);
    return key === undefined || key === '' ? `ElastAlert: ${name}` : `ElastAlert: ${pythonStr(key)} matched ${name}`;
  }

  #defaultTitle(match: Fields): string {
    const time = prettyOf(match[this.#timestampField()]);
    const count = match['spike_count'];
    const hasCount = count !== undefined && count !== null && count !== 0;
    return [this.#shortTitle(match), time, hasCount ? `${pythonStr(count)}+ events` : undefined]
      .filter(part => part !== undefined)
      .join(' - ');
  }

  #timestampField(): string {
    return textOf(this.#options, 'timestamp_field') ?? '@timestamp';
  }

  #jql(title: string, match: Fields): string {
    const options = this.#options;
    const ignored = textOf(options, 'jira_ignore_in_title');
    const part = ignored === undefined ? '' : pythonStr(lookup(match, ignored) ?? '');
    const words = (part === '' ? title : title.replaceAll(part, '')).replaceAll(' - ', ' ');
    const days = typeof options['jira_max_age'] === 'number' ? options['jira_max_age'] : DEFAULT_MAX_AGE_DAYS;
    const since = isoTime(Date.now() - days * DAY_MS).slice(0, 10);
    let jql = `project=${quoted(pythonStr(options['jira_project']))} AND summary~${quoted(words)} and created >= "${since}"`;
    const [within, without] = ['jira_bump_in_statuses', 'jira_bump_not_in_statuses'].map(name =>
      textsOf(options[name]),
    );
    if (within!.length > 0) jql += ` and status in (${within!.map(quoted).join(',')})`;
    if (without!.length > 0) jql += ` and status not in (${without!.map(quoted).join(',')})`;
    return jql;
  }

  /** Options of fields that only this Jira knows; `#name` is the value of a field of the match. */
  #ownFields(match: Fields): Fields {
    const own = newFields();
    for (const [option, value] of Object.entries(this.#options)) {
      if (!option.startsWith('jira_') || Object.hasOwn(OPTIONS, option)) continue;
      const field = typeof value === 'string' && value.startsWith('#') ? value.slice(1) : undefined;
      own[option] = field === undefined ? value : (lookup(match, field) ?? null);
    }
    return own;
  }
}

const over = (text: string): Message => ({
  summary: '',
  description: '',
  comments: [`Resolved. ${text}`],
  jql: '',
  own: newFields(),
});

/** A text of JQL: what stands in it searches for nothing else. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replace(/[\x00-\x1f\x7f]+/g, ' ')}"`;

function prettyOf(value: unknown): string | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : strftime(ms, '%Y-%m-%d %H:%M %Z', localZone(ms));
}

/** What is wrong with the file was told by `check`. */
function accountOf(file: string | undefined, folder: string | undefined): Account {
  try {
    return file === undefined ? {} : readAccount(file, folder);
  } catch {
    return {};
  }
}
