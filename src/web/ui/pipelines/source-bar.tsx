import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from '../base/api.ts';
import { t } from './words.ts';
import { type Source, workbench } from './workbench.ts';

const TIMES = [
  ['now-1h', 'hour'],
  ['now-1d', 'day'],
  ['now-7d', 'week'],
  ['', 'ever'],
] as const;
const SIZES = [50, 200, 500, 1000];

/** Where the lines come from: pasted, or stored ones of a container. */
export function SourceBar() {
  const source = workbench.source.value;
  const set = (change: Partial<Source>): void => {
    workbench.source.value = { ...source, ...change } as Source;
  };
  const turn = (kind: Source['kind']): void => {
    if (kind === source.kind) return;
    const { container } = source;
    workbench.source.value =
      kind === 'paste'
        ? { kind, container, text: workbench.lines.value.join('\n'), image: '' }
        : { kind, container, query: '', from: 'now-1h', size: 200 };
  };
  return (
    <div class="source">
      <div class="tabs">
        {(['paste', 'stored'] as const).map(kind => (
          <button key={kind} type="button" aria-pressed={source.kind === kind} onClick={() => turn(kind)}>
            {t(kind)}
          </button>
        ))}
      </div>
      {source.kind === 'paste' ? (
        <>
          <textarea
            class="mono"
            aria-label={t('pasteHere')}
            placeholder={t('pasteHere')}
            rows={4}
            spellcheck={false}
            value={source.text}
            onInput={event => set({ text: event.currentTarget.value })}
          />
          <div class="inline">
            {(['container', 'image'] as const).map(name => (
              <label key={name}>
                {t(name)}{' '}
                <input size={12} value={source[name]} onInput={event => set({ [name]: event.currentTarget.value })} />
              </label>
            ))}
          </div>
        </>
      ) : (
        <div class="inline">
          <Containers value={source.container} set={container => set({ container })} />
          <select
            aria-label={t('time')}
            value={source.from}
            onChange={event => set({ from: event.currentTarget.value })}
          >
            {TIMES.map(([from, word]) => (
              <option key={from} value={from}>
                {t(word)}
              </option>
            ))}
          </select>
          <select
            aria-label={t('number')}
            value={String(source.size)}
            onChange={event => set({ size: Number(event.currentTarget.value) })}
          >
            {SIZES.map(size => (
              <option key={size}>{size}</option>
            ))}
          </select>
          <input
            type="search"
            class="grows"
            aria-label={t('search')}
            placeholder={t('search')}
            value={source.query}
            onChange={event => set({ query: event.currentTarget.value })}
          />
        </div>
      )}
      {workbench.file.value !== undefined && (
        <label class="check">
          <input
            type="checkbox"
            checked={workbench.takesAll.value}
            onChange={event => {
              workbench.takesAll.value = event.currentTarget.checked;
            }}
          />{' '}
          {t('takesAll')}
        </label>
      )}
    </div>
  );
}

function Containers({ value, set }: { value: string; set: (name: string) => void }) {
  const names = useSignal<readonly string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    ask<{ containers: Record<string, unknown> }>('api/ledger', {}, { signal: abort.signal }).then(
      ({ containers }) => {
        names.value = Object.keys(containers).sort();
      },
      () => {},
    );
    return () => abort.abort();
  }, []);
  const shown = value === '' || names.value.includes(value) ? names.value : [value, ...names.value];
  return (
    <select aria-label={t('container')} value={value} onChange={event => set(event.currentTarget.value)}>
      <option value="">{t('any')}</option>
      {shown.map(name => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
