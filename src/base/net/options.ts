import { text } from '../options.ts';

/* Parts of schemas that every listener has. */

export const UNIX_SOCKET = text('Path of a unix socket to listen on as well.');

/** The sentence of the reference page about `allow`. */
export const ALLOW_MEANING =
  'Networks (`172.16.0.0/12`, `fd00::/8`) or addresses (`192.0.2.7`) that may connect. Loopback and unix sockets always may.';

/** `allow`, as `allowList` reads it. `more`: what else is to say about it. */
export const allowOption = (more: string) =>
  ({
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: `${ALLOW_MEANING} ${more}`,
  }) as const;

/** `tls`, as `serverTlsOptions` reads it. */
export const serverTlsSchema = (description: string) =>
  ({
    type: 'object',
    additionalProperties: false,
    required: ['cert_file', 'key_file'],
    description,
    properties: {
      cert_file: text('PEM file with the certificate chain.'),
      key_file: text('PEM file with the private key.'),
      ca_file: text("PEM file with the authorities of the peers' certificates."),
      require_client_cert: {
        type: 'boolean',
        default: false,
        description: 'Only peers with a certificate that an authority of `ca_file` signed.',
      },
    },
  }) as const;

/** `tls` of a connection, as `clientTlsOptions` reads it. */
export const clientTlsSchema = (description: string) =>
  ({
    type: 'object',
    additionalProperties: false,
    description,
    properties: {
      ca_file: text("PEM file with the authorities of the target's certificate."),
      cert_file: text('PEM file with our own certificate chain, for a target that asks for it.'),
      key_file: text('PEM file with its private key.'),
      verify: {
        type: 'boolean',
        default: true,
        description: 'Refuse a target whose certificate is not valid for its address. Off only for a try.',
      },
    },
  }) as const;
