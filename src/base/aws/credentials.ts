import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AwsCredentials } from './sigv4.ts';

/** Where credentials may be written. */
export interface CredentialSource {
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  /** Of `~/.aws/credentials`. */
  readonly profile?: string | undefined;
}

/**
 * The keys of the options, else those of the profile, else those of the environment (`AWS_ACCESS_KEY_ID`), else the profile
 * `default`. Those that a machine in AWS could ask for (roles of instances and containers) are not asked for.
 * @throws Error
 */
export async function credentialsOf(
  { accessKey, secretKey, profile }: CredentialSource,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AwsCredentials> {
  if (isSet(accessKey) && isSet(secretKey)) return { accessKey, secretKey };
  const [id, secret, token] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map(
    name => env[name],
  );
  if (!isSet(profile) && isSet(id) && isSet(secret)) return { accessKey: id, secretKey: secret, sessionToken: token };
  const name = isSet(profile) ? profile : (env['AWS_PROFILE'] ?? 'default');
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
  const found = profileOf(await readFile(path, 'utf8').catch(() => ''), name);
  if (isSet(found['aws_access_key_id']) && isSet(found['aws_secret_access_key']))
    return {
      accessKey: found['aws_access_key_id'],
      secretKey: found['aws_secret_access_key'],
      sessionToken: found['aws_session_token'],
    };
  throw new Error(
    `there are no AWS credentials: set the keys in the options, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or the profile ${name} in ${path}`,
  );
}

const isSet = (text: string | undefined): text is string => text !== undefined && text !== '';

/** A section of an INI file. */
function profileOf(text: string, name: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  let isIn = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isIn = section === name;
    const [, key, value] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isIn && key !== undefined) found[key.toLowerCase()] = value!;
  }
  return found;
}
