import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hrefOf } from '../base/route.ts';
import { stored } from '../base/stored.ts';
import { clean } from '../base/text.ts';
import { readSaved, type SavedSearch, withoutSaved, withSaved } from './saved-list.ts';
import { type Search, searchParams } from './search-state.ts';
import { t } from './words.ts';

const kept = stored<string>('searches', '');

/** Searches that this browser keeps under a name. */
export function SavedSearches({ search, close }: { search: Search; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useSignal(search.query.slice(0, 60));
  useEffect(() => dialog.current?.showModal(), []);
  const saved = readSaved(kept.value);
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const params = searchParams({ ...search, event: undefined, at: undefined, scope: 'container' }).toString();
    kept.value = withSaved(kept.value, { name: name.value.trim(), params });
  };
  return (
    <dialog ref={dialog} class="saved" aria-labelledby="saved-title" onClose={close}>
      <h2 id="saved-title">{t('saved')}</h2>
      <ul>
        {saved.map(each => (
          <Saved key={each.name} saved={each} close={() => dialog.current?.close()} />
        ))}
        {saved.length === 0 && <li class="soft">{t('noneSaved')}</li>}
      </ul>
      <form onSubmit={save}>
        <label>
          {t('nameOf')}
          <input
            required
            maxLength={80}
            value={name.value}
            onInput={event => {
              name.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="main">
          {t('save')}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {t('close')}
        </button>
      </form>
    </dialog>
  );
}

function Saved({ saved: { name, params }, close }: { saved: SavedSearch; close: () => void }) {
  return (
    <li>
      <a href={hrefOf('logs', new URLSearchParams(params))} onClick={close}>
        {clean(name)}
      </a>
      <button
        type="button"
        aria-label={t('forget', clean(name))}
        onClick={() => {
          kept.value = withoutSaved(kept.value, name);
        }}
      >
        ✕
      </button>
    </li>
  );
}
