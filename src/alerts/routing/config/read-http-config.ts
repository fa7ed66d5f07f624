import type { Located } from '../../../base/yaml/located.ts';
import { TLS_VERSIONS } from '../../receivers/http/way.ts';
import { checkAddress } from './check-address.ts';
import { HTTP_OPTIONS } from './integrations.ts';
import { readOptions } from './read-options.ts';
import { isNothing, type Reading } from './reading.ts';

const AUTHORIZATIONS = [['basic_auth'], ['authorization'], ['oauth2'], ['bearer_token', 'bearer_token_file']];
const PROXY = ['proxy_url', 'no_proxy', 'proxy_from_environment', 'proxy_connect_header'];
const BASIC = ['username', 'username_file', 'password', 'password_file'];
const AUTHORIZATION = ['type', 'credentials', 'credentials_file'];
const OAUTH2 = [
  ...['client_id', 'client_secret', 'client_secret_file', 'scopes', 'token_url', 'endpoint_params', 'tls_config'],
  ...['grant_type', ...PROXY],
];
const TLS = [
  ...['ca', 'ca_file', 'cert', 'cert_file', 'key', 'key_file', 'server_name', 'insecure_skip_verify'],
  ...['min_version', 'max_version'],
];
const CREDENTIALS = 'client_credentials';
/** Headers that requests set themselves, or that options beside `http_headers` set. */
const RESERVED = new Set([
  ...['authorization', 'host', 'content-encoding', 'content-length', 'content-type', 'user-agent', 'connection'],
  ...['keep-alive', 'proxy-authenticate', 'proxy-authorization', 'www-authenticate', 'accept-encoding', 'expect'],
  ...['transfer-encoding', 'upgrade', 'idempotency-key', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'],
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** `http_config`, of `global` or of a receiver: what is wrong with it. */
export function readHttpConfig(at: Located | undefined, reading: Reading): void {
  if (isNothing(at)) return;
  const options = reading.mapping(at, 'http_config', Object.keys(HTTP_OPTIONS));
  readOptions(options, HTTP_OPTIONS, reading);
  const ways = AUTHORIZATIONS.filter(names => names.some(name => options.has(name))).flat();
  if (ways.filter(name => options.has(name)).length > 1)
    reading.mistake(
      at.where,
      `http_config has more than one of ${AUTHORIZATIONS.flat().join(', ')}.`,
      'Keep one of them.',
    );
  const basic = section(options.get('basic_auth'), 'basic_auth', BASIC, reading);
  for (const name of ['username', 'password']) oneOf(basic, name, 'basic_auth', reading);
  readAuthorization(options.get('authorization'), reading);
  readOAuth2(options.get('oauth2'), reading);
  readTlsConfig(options.get('tls_config'), 'tls_config', reading);
  readProxy(options, 'http_config', reading);
  readHeaders(options.get('http_headers'), reading);
  const http2 = options.get('enable_http2');
  if (http2 !== undefined && reading.boolean(http2, 'enable_http2') === true)
    reading.warn(http2.keyWhere, 'http_config: enable_http2 has no effect here: requests go over HTTP/1.1.');
}

type Section = ReadonlyMap<string, Located>;

function section(at: Located | undefined, name: string, known: readonly string[], reading: Reading): Section {
  return isNothing(at) ? new Map() : reading.mapping(at, name, known);
}

/** Not both the option and its file. */
function oneOf(options: Section, name: string, of: string, reading: Reading): void {
  if (options.has(name) && options.has(`${name}_file`))
    reading.mistake(options.get(name)!.keyWhere, `${of} has both ${name} and ${name}_file.`, 'Remove one of them.');
}

function readAuthorization(at: Located | undefined, reading: Reading): void {
  const options = section(at, 'authorization', AUTHORIZATION, reading);
  oneOf(options, 'credentials', 'authorization', reading);
  if (/^\s*basic\s*$/i.test(reading.text(options.get('type'), 'type')))
    reading.mistake(options.get('type')!.where, 'authorization: type cannot be Basic.', 'Use basic_auth instead.');
}

function readOAuth2(at: Located | undefined, reading: Reading): void {
  if (isNothing(at)) return;
  const options = section(at, 'oauth2', OAUTH2, reading);
  oneOf(options, 'client_secret', 'oauth2', reading);
  for (const name of ['client_id', 'token_url'])
    if (reading.text(options.get(name), name) === '')
      reading.mistake(at.where, `oauth2 has no ${name}.`, `Add ${name}.`);
  const url = options.get('token_url');
  if (url !== undefined) checkAddress('oauth2: token_url', url.value, url.where, reading);
  reading.texts(options.get('scopes'), 'scopes');
  reading.textMap(options.get('endpoint_params'), 'endpoint_params');
  const grant = reading.text(options.get('grant_type'), 'grant_type');
  if (grant !== '' && grant !== CREDENTIALS)
    reading.mistake(
      options.get('grant_type')!.where,
      `oauth2: grant_type ${JSON.stringify(grant.slice(0, 100))} cannot be used here.`,
      `Leave it out, or write ${CREDENTIALS}.`,
    );
  readTlsConfig(options.get('tls_config'), 'oauth2.tls_config', reading);
  readProxy(options, 'oauth2', reading);
}

/** A `tls_config`, wherever it stands. */
export function readTlsConfig(at: Located | undefined, of: string, reading: Reading): void {
  if (isNothing(at)) return;
  const options = section(at, of, TLS, reading);
  for (const name of ['ca', 'cert', 'key']) oneOf(options, name, of, reading);
  for (const name of TLS.filter(one => one !== 'insecure_skip_verify')) reading.text(options.get(name), name);
  reading.boolean(options.get('insecure_skip_verify'), 'insecure_skip_verify');
  const has = (name: string): boolean => options.has(name) || options.has(`${name}_file`);
  if (has('cert') !== has('key'))
    reading.mistake(at.where, `${of} has a certificate or a key, but not both.`, 'Write cert_file and key_file.');
  const versions = Object.keys(TLS_VERSIONS);
  const [least, most] = ['min_version', 'max_version'].map(name => {
    const version = options.get(name);
    const text = reading.text(version, name);
    if (text !== '' && !versions.includes(text))
      reading.mistake(version!.where, `${of}: ${name} is no version of TLS.`, `Use one of ${versions.join(', ')}.`);
    return versions.indexOf(text);
  });
  if (least !== -1 && most !== -1 && least! > most!)
    reading.mistake(at.where, `${of}: max_version is older than min_version.`, 'Correct one of them.');
}

function readProxy(options: Section, of: string, reading: Reading): void {
  const url = options.get('proxy_url');
  if (url !== undefined) checkAddress(`${of}: proxy_url`, url.value, url.where, reading);
  const isFromEnvironment = reading.boolean(options.get('proxy_from_environment'), 'proxy_from_environment') === true;
  if (isFromEnvironment)
    for (const name of ['proxy_url', 'no_proxy'])
      if (options.has(name))
        reading.mistake(
          options.get(name)!.keyWhere,
          `${of} has both proxy_from_environment and ${name}.`,
          'Remove one of them.',
        );
  if (url !== undefined || isFromEnvironment) return;
  for (const name of ['no_proxy', 'proxy_connect_header'])
    if (options.has(name) && !isNothing(options.get(name)))
      reading.mistake(options.get(name)!.keyWhere, `${of} has ${name} and no proxy_url.`, 'Add proxy_url.');
}

function readHeaders(at: Located | undefined, reading: Reading): void {
  if (isNothing(at)) return;
  for (const [name, header] of reading.entries(at, 'http_headers')) {
    const of = `http_headers.${name.slice(0, 100)}`;
    if (!HEADER_NAME.test(name) || RESERVED.has(name.toLowerCase()))
      reading.mistake(
        header.keyWhere,
        `${of} cannot be set.`,
        'Names of headers are letters, digits and dashes; those of the connection and of the login are set by themselves.',
      );
    const options = section(header, of, ['values', 'secrets', 'files'], reading);
    for (const list of ['values', 'secrets', 'files']) reading.texts(options.get(list), `${of}.${list}`);
  }
}
