import { credentialsOf } from '../../../base/aws/credentials.ts';
import { signedHeaders } from '../../../base/aws/sigv4.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Alert, Alerter, AlerterSettings, Notification, SendContext, SendResult } from '../alerter.ts';
import { post, queueName, timeoutMs } from '../http.ts';
import { textOf } from '../told.ts';
import { RequestWay } from '../way.ts';

export interface AwsAlerterParts {
  readonly settings: AlerterSettings;
  /** `sns`, also the first word of its options. */
  readonly service: string;
  /** As credentials name it, where it is not `service`. */
  readonly signedAs?: string | undefined;
  readonly missing: string | undefined;
  readonly region: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: (alert: Alert) => readonly string[];
}

/** An alerter of AWS: requests are signed with the keys of the options, a profile or the environment. */
export class AwsAlerter implements Alerter {
  readonly type: string;
  readonly missing: string | undefined;
  readonly #parts: AwsAlerterParts;
  readonly #way: RequestWay;

  constructor(parts: AwsAlerterParts) {
    const { settings, service } = parts;
    this.#parts = parts;
    this.type = service;
    this.missing = parts.missing;
    this.#way = new RequestWay(service, settings.options, settings.folder);
  }

  render(alert: Alert): Notification[] {
    return this.missing === undefined ? this.#parts.bodies(alert).map(body => ({ target: 0, body })) : [];
  }

  queue(): string {
    return queueName(this.type, { url: this.#parts.url, headers: { region: this.#parts.region } });
  }

  async send({ body }: Notification, context: SendContext): Promise<SendResult> {
    const { settings, service, signedAs = service, region, url, headers } = this.#parts;
    const { options } = settings;
    try {
      const credentials = await credentialsOf({
        accessKey: textOf(options, `${service}_aws_access_key_id`),
        secretKey: textOf(options, `${service}_aws_secret_access_key`),
        profile: textOf(options, `${service}_aws_profile`),
      });
      const scope = { region, service: signedAs, now: Date.now() };
      const signed = signedHeaders({ method: 'POST', url: new URL(url), headers, body }, credentials, scope);
      const secrets = [credentials.secretKey, credentials.sessionToken ?? '', ...this.#way.secrets];
      return await post(
        {
          address: { url, headers: {} },
          headers: { ...headers, ...signed },
          body,
          timeoutMs: timeoutMs(options[`${service}_timeout`]),
          secrets: secrets.filter(secret => secret !== ''),
        },
        this.#way.through(context),
      );
    } catch (error) {
      return { ok: false, scope: 'place', reason: messageOf(error).slice(0, 300) };
    }
  }
}
