import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError } from '../core/errors.ts';
import type { Settings } from './settings.ts';

/**
 * What a process does:
 *
 *     ingest   inputs, spool, and what the spool's chunks go to
 *     index    chunks from Redis into Elasticsearch
 *     alert    a candidate for the one evaluator of alert rules
 *     web      searches, the page, the live tail, what alerts there were
 *
 * Whatever its roles, it answers health, readiness, metrics, ledger and dead letters over HTTP.
 */
export const ROLES = ['ingest', 'index', 'alert', 'web'] as const;
export type Role = (typeof ROLES)[number];
export type Roles = ReadonlySet<Role>;

export const ALL_ROLES: Roles = new Set(ROLES);

/** `ingest,index`; undefined means all. Throws LS_CONFIG_ROLE. */
export function parseRoles(text: string | undefined): Roles {
  if (text === undefined) return ALL_ROLES;
  const roles = new Set<Role>();
  for (const name of text.split(',').map(part => part.trim())) {
    if (!isRole(name)) {
      throw new LongshoreError('LS_CONFIG_ROLE', `there is no role '${name}'.`, {
        where: '--role',
        fix: didYouMean(name, ROLES, "'") ?? `Write some of ${ROLES.join(',')}.`,
      });
    }
    roles.add(name);
  }
  return roles;
}

/** Throws LS_CONFIG_ROLE: what is split over processes has to meet again in Redis. */
export function checkRoles(roles: Roles, { buffer }: Pick<Settings, 'buffer'>): void {
  if (roles.size < ROLES.length && buffer.type !== 'redis') {
    throw new LongshoreError(
      'LS_CONFIG_ROLE',
      `a process with the role ${namesOf(roles)} alone needs Redis between it and the others, but buffer.type is ${buffer.type}.`,
      {
        where: 'buffer.type',
        fix: 'Set `buffer: { type: redis, url: ... }` and `store: { type: elasticsearch, ... }`, or run without --role.',
      },
    );
  }
}

export function namesOf(roles: Roles): string {
  return ROLES.filter(role => roles.has(role)).join(',');
}

function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}
