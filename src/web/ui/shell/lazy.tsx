import { type Signal, signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { t } from './words.ts';

type Loaded<P> = { view: ComponentType<P> } | { error: unknown } | undefined;

/** A view, or a part of one, whose script is loaded when it is first shown, or before by `prepare`. */
export function lazy<P extends object = object>(
  load: () => Promise<ComponentType<P>>,
): ComponentType<P> & { prepare(): void } {
  const loaded: Signal<Loaded<P>> = signal(undefined);
  const start = (): void => {
    loaded.value = undefined;
    load().then(
      view => {
        loaded.value = { view };
      },
      (error: unknown) => {
        loaded.value = { error };
      },
    );
  };
  let isStarted = false;
  const prepare = (): void => {
    if (isStarted) return;
    isStarted = true;
    start();
  };
  const Lazy = (props: P) => {
    prepare();
    const now = loaded.value;
    if (now === undefined) return <p class="note">{t('loading')}</p>;
    if ('view' in now) return <now.view {...props} />;
    return (
      <p class="problem" role="alert">
        {t('broken', String(now.error))}{' '}
        <button type="button" onClick={start}>
          {t('again')}
        </button>
      </p>
    );
  };
  return Object.assign(Lazy, { prepare });
}
