import { useEffect, useRef } from 'preact/hooks';
import { activeKeys } from '../base/keys.ts';
import { t } from './words.ts';

/** The keys that hold in this view. */
export function KeyList({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="keys" aria-label={t('keys')} onClose={close}>
      <h2>{t('keys')}</h2>
      <dl>
        {activeKeys.value.map(({ key, what }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what()}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{t('close')}</button>
      </form>
    </dialog>
  );
}
