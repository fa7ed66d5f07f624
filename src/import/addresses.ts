/** Networks that are nobody else's: who listens beyond loopback must say who may connect. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'];

/** Settings of a listener: an address beyond loopback gets the private networks as `allow`. */
export function listener(host: string | undefined, port: string | number): Record<string, unknown> {
  const isOpen = host === undefined || host === '' || host === '0.0.0.0' || host === '::';
  const name = isOpen ? '' : host.includes(':') ? `[${host}]` : host;
  const address = `${name}:${port}`;
  return isLocal(host) ? { address } : { address, allow: PRIVATE };
}

function isLocal(host: string | undefined): boolean {
  return host !== undefined && (host === 'localhost' || host === '::1' || host.startsWith('127.'));
}

/** A URL of Elasticsearch out of `host`, `host:port`, `https://host`; port 9200 where none is named. A variable alone may be a URL, unless a port belongs to it. */
export function nodeUrl(host: string, isTls: boolean, port?: string | number): string {
  if (/^\$\{[^}]*\}$/.test(host.trim()))
    return port === undefined ? host.trim() : `${isTls ? 'https' : 'http'}://${host.trim()}:${port}`;
  const text = host.trim().replace(/\/+$/, '');
  const [, scheme, rest = text] = /^(https?):\/\/(.*)$/.exec(text) ?? [];
  if (text.startsWith('${') && scheme === undefined)
    return text.includes('://') ? text : `${isTls ? 'https' : 'http'}://${text}`;
  const named =
    /:\d+(?:\/|$)/.test(rest) || /:\$\{/.test(rest) ? rest : rest.replace(/^(\[[^\]]+\]|[^/]+)/, `$1:${port ?? 9200}`);
  return `${scheme ?? (isTls ? 'https' : 'http')}://${named}`;
}

/** Settings `prefix` and `date_format` of an index name: what stands before the day, and the day's form as Java or Joda writes it. */
export function indexSettings(prefix: string, format: string): { prefix: string; date_format: string } | undefined {
  const form = format.replace(/[Yyu]+/g, 'YYYY').replace(/d+/g, 'DD');
  if (!/^(?=.*YYYY)(?=.*MM)(?=.*DD)[YMD._-]{8,16}$/.test(form)) return undefined;
  if (!/^[a-z0-9][a-z0-9._-]{0,199}$/.test(prefix)) return undefined;
  return { prefix, date_format: form };
}
