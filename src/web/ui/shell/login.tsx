import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LoginAnswer, LoginOffer } from '../../../core/api/login.ts';
import { ApiError, ask, token, wantsToken } from '../base/api.ts';
import { route } from '../base/route.ts';
import { person } from './person.ts';
import { t } from './words.ts';

/** Asks who it is when the server wants to know: a name and a password, a provider, or a token. The views ask again then. */
export function Login({ done }: { done: () => void }) {
  const offer = useSignal<LoginOffer | undefined>(undefined);
  // A provider that refuses sends back to the page, with the reason.
  const problem = useSignal(route.peek().params.get('login') ?? (token.peek() === '' ? '' : t('unknown')));
  useEffect(() => {
    ask<LoginOffer>('api/login').then(
      answer => {
        offer.value = answer;
      },
      () => undefined,
    );
  }, [offer]);
  const entered = (): void => {
    wantsToken.value = false;
    done();
  };
  const withToken = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    token.value = field(event, 'token').trim();
    wantsToken.value = false;
    // Whoever may read may read this, and it asks no store.
    await ask('api/silences', { state: 'pending' }).catch(() => undefined);
    if (wantsToken.value) problem.value = t('unknown');
    else entered();
  };
  const withPassword = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      const body = { name: field(event, 'name'), password: field(event, 'password') };
      const answer = await ask<LoginAnswer>('api/login', {}, { method: 'POST', body });
      token.value = '';
      person.value = answer.person;
      entered();
    } catch (error) {
      problem.value =
        error instanceof ApiError && error.code === 'LS_WEB_LOGIN_REFUSED'
          ? t('wrong')
          : String((error as Error).message);
    }
  };
  return (
    <section class="login panel" aria-label={t('login')}>
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {offer.value?.oidc === true && (
        <a class="button main" href="api/login/oidc">
          {t('provider')}
        </a>
      )}
      {offer.value?.password === true && (
        <form onSubmit={withPassword}>
          <label>
            {t('name')} <input name="name" autocomplete="username" required />
          </label>
          <label>
            {t('password')} <input name="password" type="password" autocomplete="current-password" required />
          </label>
          <button type="submit" class="main">
            {t('login')}
          </button>
        </form>
      )}
      {offer.value?.token === true && (
        <form onSubmit={withToken}>
          <label>
            {t('wants')} <code>read</code>: <input name="token" type="password" autocomplete="off" required />
          </label>
          <button type="submit">{t('use')}</button>
        </form>
      )}
    </section>
  );
}

function field(event: SubmitEvent, name: string): string {
  return String(new FormData(event.currentTarget as HTMLFormElement).get(name) ?? '');
}
