import { createHash } from 'node:crypto';
import type { Message } from './integration.ts';

/** What a group is known by there: the same as long as it is the same group. */
export const keyOf = ({ groupKey }: Message): string => createHash('sha256').update(groupKey).digest('hex');

export const isFiring = ({ alerts }: Message): boolean => alerts.some(({ endsAt }) => endsAt === undefined);

/** One value while anything fires, another when all is over. */
export const basicColors =
  <T>(firing: T, over: T) =>
  (message: Message): T =>
    isFiring(message) ? firing : over;
