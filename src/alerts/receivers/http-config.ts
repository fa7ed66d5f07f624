import { isFields } from '../../core/event.ts';
import type { Surroundings } from './integration.ts';

/** The headers of `http_config`: who we are. Files are read anew each time: their secrets may change. */
export async function httpHeaders(config: unknown, { readFile }: Surroundings): Promise<Record<string, string>> {
  if (!isFields(config)) return {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const secret = async (of: Record<string, unknown>, name: string): Promise<string> =>
    text(of[name]) !== ''
      ? text(of[name])
      : text(of[`${name}_file`]) === ''
        ? ''
        : (await readFile(text(of[`${name}_file`]))).trim();
  const { basic_auth: basic, authorization } = config as Record<string, unknown>;
  if (isFields(basic)) {
    const [user, password] = [text(basic['username']), await secret(basic, 'password')];
    return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }
  if (isFields(authorization)) {
    const type = text(authorization['type']) === '' ? 'Bearer' : text(authorization['type']);
    return { Authorization: `${type} ${await secret(authorization, 'credentials')}` };
  }
  const bearer = await secret(config, 'bearer_token');
  return bearer === '' ? {} : { Authorization: `Bearer ${bearer}` };
}

/** An option, or the content of the file that stands under its name with `_file`. */
export async function secretOf(
  options: Readonly<Record<string, unknown>>,
  name: string,
  { readFile }: Surroundings,
): Promise<string> {
  const value = options[name];
  if (typeof value === 'string' && value !== '') return value;
  const file = options[`${name}_file`];
  return typeof file === 'string' && file !== '' ? (await readFile(file)).trim() : '';
}
