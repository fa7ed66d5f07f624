import type { Located } from '../../../base/yaml/located.ts';
import { writeUntypedYaml } from '../../../base/yaml/write.ts';
import { GLOBAL_OPTIONS, HTTP_OPTIONS, INTEGRATIONS } from './integrations.ts';

const NAMES = [GLOBAL_OPTIONS, HTTP_OPTIONS, ...INTEGRATIONS.map(({ options }) => options)].flatMap(options =>
  Object.entries(options).flatMap(([name, type]) => (type === 'secret' ? [name] : [])),
);
/** Those that lie deeper: of basic_auth, authorization, oauth2, sigv4. */
const SECRETS = new Set([
  ...NAMES,
  ...['password', 'credentials', 'client_secret', 'secret_key', 'secret', 'secrets', 'values'],
  'proxy_connect_header',
]);

/** Of these Alertmanager's own tools take addresses only. */
const ADDRESSES = new Set(['url', 'proxy_url']);

/** A configuration as it may be shown: secrets read `<secret>`, as Alertmanager writes them. */
export function shownConfig(file: Located): string {
  return writeUntypedYaml(hide(file));
}

function hide(at: Located): unknown {
  if (at.items !== undefined) return at.items.map(hide);
  if (at.entries === undefined) return at.value ?? '';
  return Object.fromEntries(
    at.entries.entries().map(([name, value]) => [name, isSecret(name, value) ? hidden(name, value) : hide(value)]),
  );
}

/** `key` may be the name of a label, too. */
const isSecret = (name: string, { value }: Located): boolean =>
  SECRETS.has(name) || (name === 'key' && typeof value === 'string' && value.includes('PRIVATE KEY'));

/** Of the same form, or nobody could read it as a configuration. */
function hidden(name: string, { value, items, entries }: Located): unknown {
  if (items !== undefined) return items.map(item => hidden(name, item));
  if (entries !== undefined)
    return Object.fromEntries(entries.entries().map(([key, inner]) => [key, hidden(name, inner)]));
  const isAddress = ADDRESSES.has(name) && typeof value === 'string' && URL.canParse(value);
  return isAddress ? `${new URL(value).origin}/<secret>` : '<secret>';
}
