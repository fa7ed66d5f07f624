import { signal } from '@preact/signals';
import type { LoginOffer, PersonView } from '../../../core/api/login.ts';
import { ask, token, wantsToken } from '../base/api.ts';

/** Who is logged in; undefined: nobody, or nobody needs to be. */
export const person = signal<PersonView | undefined>(undefined);

/** Asks once who the browser is to the server; whoever is nobody logs in first. */
export async function recognise(): Promise<void> {
  const offer = await ask<LoginOffer>('api/login').catch(() => undefined);
  person.value = offer?.person;
  const isGuarded = offer !== undefined && (offer.password || offer.oidc || offer.token);
  if (isGuarded && offer.person === undefined && token.value === '') wantsToken.value = true;
}

export async function logOut(): Promise<void> {
  await ask('api/logout', {}, { method: 'POST' });
  token.value = '';
  person.value = undefined;
  wantsToken.value = true;
}
