import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DeadLetterDetails, ReplayPreview } from '../../../core/api/dead-letters.ts';
import { ask } from '../base/api.ts';
import { clean, cleanLine } from '../base/text.ts';
import { changedFields } from './changed-fields.ts';
import { t } from './words.ts';

/** One dead letter: its original, and what would become of it now. */
export function Letter({ id, act }: { id: string; act: (what: 'replay' | 'discard', asIs?: boolean) => void }) {
  const details = useSignal<DeadLetterDetails | undefined>(undefined);
  const preview = useSignal<ReplayPreview | undefined>(undefined);
  const problem = useSignal('');
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const failed = (error: unknown): void => {
      if (!signal.aborted) problem.value = String((error as Error).message);
    };
    ask<DeadLetterDetails>(`api/dead-letters/${encodeURIComponent(id)}`, {}, { signal }).then(found => {
      details.value = found;
    }, failed);
    const body = { ids: [id] };
    ask<{ previews: ReplayPreview[] }>('api/dead-letters/preview', {}, { method: 'POST', body, signal }).then(
      ({ previews }) => {
        preview.value = previews[0];
      },
      failed,
    );
    return () => abort.abort();
  }, [id]);
  const letter = details.value;
  return (
    <div class="letter">
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {letter !== undefined && (
        <p class="soft small">
          {t('source')}: {clean(letter.source)} · {t('day')}: {clean(letter.day)} · {clean(letter.id)}
          {letter.came_back_as.length > 0 && ` · ${t('cameBack')} ${letter.came_back_as.map(clean).join(', ')}`}
        </p>
      )}
      <div class="halves">
        <div>
          <h4>{t('original')}</h4>
          <pre>{letter === undefined ? '' : shownDocument(letter)}</pre>
        </div>
        <div>
          <h4>{t('becomes')}</h4>
          {preview.value !== undefined && <Preview preview={preview.value} />}
        </div>
      </div>
      {letter?.status === 'open' && (
        <p class="acts">
          <button type="button" class="main" onClick={() => act('replay')}>
            {t('replay')}
          </button>
          <button type="button" onClick={() => act('replay', true)}>
            {t('asIs')}
          </button>
          <button type="button" onClick={() => act('discard')}>
            {t('discard')}
          </button>
        </p>
      )}
    </div>
  );
}

function shownDocument({ document, document_base64 }: DeadLetterDetails): string {
  if (document === undefined) return clean(document_base64 ?? '');
  try {
    return clean(JSON.parse(document));
  } catch {
    return clean(document);
  }
}

function Preview({ preview: { outcome, why, before, after } }: { preview: ReplayPreview }) {
  if (outcome === 'impossible')
    return (
      <p class="bad">
        {t('impossible')} {why !== undefined && clean(why)}
      </p>
    );
  if (outcome === 'dropped') return <p class="warn">{t('wouldDrop')}</p>;
  const changes = changedFields(before, after ?? {});
  if (changes.length === 0) return <p class="soft">{t('same')}</p>;
  return (
    <ul class="changes">
      {changes.map(({ field, was, is }) => (
        <li key={field}>
          <b>{clean(field)}</b> {was !== undefined && <del>{cleanLine(was)}</del>}{' '}
          {is !== undefined && <code>{cleanLine(is)}</code>}
        </li>
      ))}
    </ul>
  );
}
