import { checkAddresses } from '../../alerters/address.ts';
import type { Reading } from './reading.ts';

/** An address that can be sent to. What is filled in later is judged when it is. */
export function checkAddress(name: string, value: unknown, where: string, reading: Reading): void {
  if (typeof value !== 'string' || value === '' || value === '<secret>' || value.includes('{{')) return;
  for (const { what, fix, isOnlyHere } of checkAddresses('', value))
    if (isOnlyHere === true) reading.warn(where, `${name} ${what}.`);
    else reading.mistake(where, `${name} ${what}.`, fix);
}
