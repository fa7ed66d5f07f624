import { useSignal } from '@preact/signals';
import { ask, token, wantsToken } from '../base/api.ts';
import { t } from './words.ts';

/** Asks for a token when the server wants one; the views ask again with it. */
export function Login({ done }: { done: () => void }) {
  const typed = useSignal('');
  const isWrong = useSignal(token.value !== '');
  const enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    token.value = typed.value.trim();
    wantsToken.value = false;
    // Whether it is known; what it may do shows in the views.
    await ask('api/fields').catch(() => undefined);
    isWrong.value = wantsToken.value;
    if (!wantsToken.value) done();
  };
  return (
    <form class="login panel" onSubmit={enter}>
      <label for="token">
        {t('wants')} <code>read</code>.
      </label>
      <input
        id="token"
        type="password"
        autocomplete="off"
        value={typed.value}
        onInput={event => {
          typed.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="main">
        {t('use')}
      </button>
      {isWrong.value && <p role="alert">{t('unknown')}</p>}
    </form>
  );
}
