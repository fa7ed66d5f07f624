import { count, text } from '../../base/options.ts';

export const SCOPES = ['ingest', 'read', 'admin'] as const;

const scopes = (description: string) => ({ type: 'array', minItems: 1, items: { enum: SCOPES }, description }) as const;

export const usersOption = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'password', 'scopes'],
    properties: {
      name: { ...text('What the person types; silences and the like carry it.'), maxLength: 100 },
      password: { type: 'string', minLength: 8, description: 'The secret, best as `${file:...}` or `${ENV}`.' },
      scopes: scopes(
        '`read`: search, tail, alerts. `admin`: silences, rules, pipelines, dead letters; give `read` beside it.',
      ),
    },
  },
  description:
    'People who log in on the page with a password. As soon as there is one, or `oidc`, every request except the page and the health checks needs a login or one of `tokens`.',
} as const;

/** Settings of `http.oidc`. */
export const oidcSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'client_id', 'allow'],
  description:
    'Log in on the page by OpenID Connect (Keycloak, Google, Microsoft Entra, GitLab, ...). Needs `public_url`; the redirect address to register is `<public_url>/api/login/oidc/callback`.',
  properties: {
    issuer: text(
      'Address of the provider; its `/.well-known/openid-configuration` says the rest. `http://` only on this machine.',
    ),
    client_id: text('What the provider calls Longshore.'),
    client_secret: text('Left out for a public client; PKCE is used in both cases.'),
    request_scopes: {
      type: 'array',
      items: { type: 'string' },
      default: ['openid', 'profile', 'email'],
      description: 'What the provider is asked for.',
    },
    name_claim: {
      type: 'string',
      default: 'email',
      description: 'The claim that names the person; without it `preferred_username`, then `sub`.',
    },
    allow: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['claim', 'value', 'scopes'],
        properties: {
          claim: text('Such as `email`, `groups`, `hd`; of nested ones the path with points.'),
          value: text('What it must be, or one of its values; `*` stands for anything: `*@example.com`.'),
          scopes: scopes('What such people may do.'),
        },
      },
      description: 'Who may do what; somebody whom no entry names cannot log in.',
    },
  },
} as const;

export const sessionHours = count(1, 8760, 12, 'After so many hours people log in again.');
