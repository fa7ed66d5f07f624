import type { Located } from '../../../base/yaml/located.ts';
import type { IntegrationKind } from './integrations.ts';
import type { Reading } from './reading.ts';

const ADDRESSES = ['url', 'api_url', 'webhook_url'];
/** Of these an option with that name is no address of our own: it is a text of the message. */
const WITHOUT_ADDRESS = ['pushover', 'sns'];

type Options = Readonly<Record<string, unknown>>;
type Written = ReadonlyMap<string, Located>;

/** What Alertmanager demands of single options beyond their types. */
export function checkIntegration(
  { name, list }: IntegrationKind,
  options: Options,
  written: Written,
  reading: Reading,
): void {
  if (!WITHOUT_ADDRESS.includes(name))
    for (const option of ADDRESSES)
      if (written.has(option)) checkAddress(`${list}: ${option}`, options[option], written.get(option)!.where, reading);
  if (name === 'slack') checkSlack(written, reading);
  if (name === 'email') checkEmail(options, written, reading);
}

export function checkAddress(name: string, value: unknown, where: string, reading: Reading): void {
  if (typeof value !== 'string' || value === '' || value === '<secret>') return;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.host !== '') return;
  reading.mistake(where, `${name} is no address that can be sent to.`, 'Write it as https://host/path.');
}

function checkSlack(written: Written, reading: Reading): void {
  for (const field of reading.list(written.get('fields'), 'fields')) {
    const options = reading.mapping(field, 'an entry of fields', ['title', 'value', 'short']);
    demand(options, [['title'], ['value']], field, 'an entry of fields', reading);
  }
  for (const action of reading.list(written.get('actions'), 'actions')) {
    const known = ['type', 'text', 'url', 'style', 'name', 'value', 'confirm'];
    const options = reading.mapping(action, 'an entry of actions', known);
    demand(options, [['type'], ['text'], ['url', 'name']], action, 'an entry of actions', reading);
  }
}

function demand(
  options: Written,
  needs: readonly (readonly string[])[],
  at: Located,
  name: string,
  reading: Reading,
): void {
  for (const needed of needs)
    if (!needed.some(option => reading.text(options.get(option), option) !== ''))
      reading.mistake(at.where, `${name} has no ${needed.join(' and no ')}.`, `Add ${needed.join(' or ')}.`);
}

function checkEmail(options: Options, written: Written, reading: Reading): void {
  const smarthost = options['smarthost'];
  if (typeof smarthost === 'string' && smarthost !== '' && !/^(?:\[[^\]]+\]|[^:]*):\w+$/.test(smarthost))
    reading.mistake(
      written.get('smarthost')?.where ?? 'global.smtp_smarthost',
      `smarthost has no port: ${JSON.stringify(smarthost)}.`,
      'Write it as host:port, for example mail.example.org:587.',
    );
  const seen = new Set<string>();
  const headers = written.get('headers');
  for (const name of Object.keys(options['headers'] ?? {})) {
    const plain = name.toLowerCase();
    if (seen.has(plain))
      reading.mistake(headers!.where, `headers has '${name}' twice.`, 'Names of headers are the same in any case.');
    seen.add(plain);
  }
}
