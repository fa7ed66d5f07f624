import { basicAuth } from '../../base/net/basic-auth.ts';
import { isFields } from '../../core/event.ts';
import type { Surroundings } from './integration.ts';
import { type Options, textOf } from './options.ts';

/** The headers of `http_config`: who we are. Files are read anew each time: their secrets may change. */
export async function httpHeaders(config: unknown, around: Surroundings): Promise<Record<string, string>> {
  if (!isFields(config)) return {};
  const { basic_auth: basic, authorization } = config as Options;
  if (isFields(basic)) {
    const [user, password] = [textOf(basic, 'username'), await secretOf(basic, 'password', around)];
    return { Authorization: basicAuth(`${user}:${password}`) };
  }
  if (isFields(authorization)) {
    const type = textOf(authorization, 'type') || 'Bearer';
    return { Authorization: `${type} ${await secretOf(authorization, 'credentials', around)}` };
  }
  const bearer = await secretOf(config, 'bearer_token', around);
  return bearer === '' ? {} : { Authorization: `Bearer ${bearer}` };
}

/** An option, or the content of the file that stands under its name with `_file`. */
export async function secretOf(options: Options, name: string, { readFile }: Surroundings): Promise<string> {
  const value = textOf(options, name);
  const file = textOf(options, `${name}_file`);
  return value !== '' || file === '' ? value : (await readFile(file)).trim();
}
