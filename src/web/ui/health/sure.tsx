import { useEffect, useRef } from 'preact/hooks';
import { t } from './words.ts';

export interface SureQuestion {
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
  run(): void;
}

/** Asks before something is done that cannot be undone. */
export function Sure({ question, close }: { question: SureQuestion; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={question.action} onClose={close}>
      <p>{question.text}</p>
      <form method="dialog" class="acts">
        <button type="button" class="main" onClick={question.run}>
          {question.action}
        </button>
        <button type="submit">{t('cancel')}</button>
      </form>
    </dialog>
  );
}
