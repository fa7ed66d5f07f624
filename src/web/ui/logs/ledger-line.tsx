import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { LedgerReport } from '../../../core/api/ledger.ts';
import { ask } from '../base/api.ts';
import { hrefOf } from '../base/route.ts';
import { count } from '../base/time.ts';
import { every } from './every.ts';
import { t } from './words.ts';

const INTERVAL_MS = 10_000;

/** One line: whether everything that was received has its place. */
export function LedgerLine() {
  const report = useSignal<LedgerReport | undefined>(undefined);
  useEffect(
    () =>
      every(INTERVAL_MS, async signal => {
        report.value = await ask<LedgerReport>('api/ledger', {}, { signal }).catch(() => undefined);
      }),
    [report],
  );
  if (report.value === undefined) return null;
  const { text, isBad } = told(report.value);
  return (
    <a id="ledger" class={isBad ? 'bad' : 'soft'} href={hrefOf('health')}>
      {text}
    </a>
  );
}

function told({ containers, total, canary }: LedgerReport): { text: string; isBad: boolean } {
  const missing = Object.values(containers).reduce((sum, { unaccounted }) => sum + Math.abs(unaccounted), 0);
  const parts = [missing === 0 ? t('nothingMissing') : t('unaccounted', count(missing))];
  if (total.in_flight > 0) parts.push(t('notStored', count(total.in_flight)));
  if (total.dead_lettered > 0) parts.push(t('deadLetters', count(total.dead_lettered)));
  if (canary?.state === 'late') parts.push(t('canaryLate'));
  return {
    text: t('ledger', count(total.received), parts.join('; ')),
    isBad: missing !== 0 || canary?.state === 'late',
  };
}
