import type { SecureVersion } from 'node:tls';
import type { Way } from '../../../base/net/fetch-via.ts';
import { proxyFor, proxySettingsOf } from '../../../base/net/no-proxy.ts';
import { isYes, type Options, optionsOf, textOf } from '../options.ts';
import type { ReadFile } from '../secret.ts';

/** As `min_version` and `max_version` write them. */
export const TLS_VERSIONS: Readonly<Record<string, SecureVersion>> = {
  ...{ TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' },
};

/** The way that `tls_config` and the options of a proxy describe. Files are read anew each time. */
export async function wayOf(config: Options, url: URL, readFile: ReadFile): Promise<Way> {
  return { ...(await tlsOf(config['tls_config'], readFile)), ...proxyOf(config, url) };
}

/** `tls_config`. */
export async function tlsOf(config: unknown, readFile: ReadFile): Promise<Omit<Way, 'proxy'>> {
  const tls = optionsOf(config);
  const pem = async (name: string): Promise<string | undefined> => {
    const [text, file] = [textOf(tls, name), textOf(tls, `${name}_file`)];
    if (text !== '') return text;
    return file === '' ? undefined : readFile(file);
  };
  const way = {
    ca: await pem('ca'),
    cert: await pem('cert'),
    key: await pem('key'),
    serverName: textOf(tls, 'server_name') || undefined,
    minVersion: TLS_VERSIONS[textOf(tls, 'min_version')],
    maxVersion: TLS_VERSIONS[textOf(tls, 'max_version')],
    verify: isYes(tls['insecure_skip_verify']) ? false : undefined,
  };
  return Object.fromEntries(Object.entries(way).filter(([, value]) => value !== undefined));
}

function proxyOf(config: Options, url: URL): Pick<Way, 'proxy'> {
  const written = textOf(config, 'proxy_url');
  const none = textOf(config, 'no_proxy');
  const isFromEnvironment = isYes(config['proxy_from_environment']);
  // Without exceptions a proxy is for all addresses, this machine's too.
  const proxy = isFromEnvironment
    ? proxyFor(url, proxySettingsOf(process.env))
    : none === ''
      ? written
      : proxyFor(url, { http: written, https: written, none });
  if (proxy === undefined || !URL.canParse(proxy)) return {};
  const headers = Object.entries(optionsOf(config['proxy_connect_header'])).map(
    ([name, values]): [string, string[]] => [name, (Array.isArray(values) ? values : [values]).map(String)],
  );
  return { proxy: { url: proxy, isForAll: true, connectHeaders: Object.fromEntries(headers) } };
}
