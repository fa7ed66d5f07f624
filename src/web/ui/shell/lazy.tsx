import { type Signal, signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { t } from './words.ts';

type Loaded = { view: ComponentType } | { error: unknown } | undefined;

/** A view whose script is loaded when it is first shown. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  const loaded: Signal<Loaded> = signal(undefined);
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
  return () => {
    if (!isStarted) {
      isStarted = true;
      start();
    }
    const now = loaded.value;
    if (now === undefined) return <p class="note">{t('loading')}</p>;
    if ('view' in now) return <now.view />;
    return (
      <p class="problem" role="alert">
        {t('broken', String(now.error))}{' '}
        <button type="button" onClick={start}>
          {t('again')}
        </button>
      </p>
    );
  };
}
