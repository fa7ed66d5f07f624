import { useSignal } from '@preact/signals';
import type { RuleMistake, RuleView } from '../../../core/api/alerts.ts';
import type { TestAlertAnswer } from '../../../core/api/test-alerts.ts';
import { type ApiError, ask } from '../base/api.ts';
import { hrefOf } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count, durationText, shownTime } from '../base/time.ts';
import { Ago, boundText, Fact } from './parts.tsx';
import type { Shared } from './view.tsx';
import { WindowPicture } from './window-picture.tsx';
import { t } from './words.ts';

/** One rule: what it looks at, how it is, whom it tells. */
export function RuleDetail({ rule, shared }: { rule: RuleView; shared: Shared }) {
  const { window } = rule;
  const query = window?.query;
  return (
    <section aria-label={rule.name}>
      <p class="crumbs">
        <a href={hrefOf('alerts', { tab: 'rules' })}>{t('allRules')}</a>
      </p>
      <div class="head">
        <h3>{clean(rule.name)}</h3>
        <span class={rule.state === 'active' ? 'state' : 'state bad'}>{t(`rule_${rule.state}`)}</span>
        <span class="actions">
          <a class="button main" href={hrefOf('alerts', { tab: 'rules', rule: rule.name, edit: '1' })}>
            {t('editAndTry')}
          </a>
          <button type="button" onClick={() => shared.silence({ labels: { alertname: rule.name }, chosen: {} })}>
            {t('silenceRule')}
          </button>
        </span>
      </div>
      {rule.description !== '' && <p>{clean(rule.description)}</p>}
      <Mistakes of={rule.mistakes} />
      {rule.last_error !== undefined && (
        <p class="problem">{t('failedAt', shownTime(rule.last_error.at), clean(rule.last_error.what))}</p>
      )}
      {rule.filling && <p class="note">{t('filling')}</p>}
      <div class="columns">
        <dl class="numbers panel">
          <Fact name={t('column_type')}>{rule.type}</Fact>
          {window !== undefined && boundText(window) !== '' && <Fact name={t('condition')}>{boundText(window)}</Fact>}
          {window !== undefined && window.key.length > 0 && (
            <Fact name={t('perKey')}>{window.key.map(clean).join(', ')}</Fact>
          )}
          {query !== undefined && (
            <Fact name={t('filterOf')} isMono>
              <a href={hrefOf('logs', { query, range: '24h' })}>{clean(query) || t('everything')}</a>
            </Fact>
          )}
          <Fact name={t('file')} isMono>
            {clean(rule.where)}
          </Fact>
        </dl>
        <dl class="numbers panel">
          {(['hits', 'matches', 'alerts', 'suppressed', 'late', 'keys', 'active_alerts'] as const).map(name => (
            <Fact key={name} name={t(`column_${name}`)}>
              {count(rule[name])}
            </Fact>
          ))}
          <Fact name={t('column_last_evaluation')}>
            {rule.last_evaluation === undefined ? '–' : <Ago at={rule.last_evaluation} />}
          </Fact>
          {rule.last_alert !== undefined && (
            <Fact name={t('lastAlert')}>
              {shownTime(rule.last_alert)}{' '}
              <a href={hrefOf('alerts', { tab: 'history', text: rule.name })}>{t('history')}</a>
            </Fact>
          )}
          {rule.next_due !== undefined && (
            <Fact name={t('nextDue')}>
              <Ago at={rule.next_due} />
            </Fact>
          )}
        </dl>
      </div>
      {rule.comparison !== undefined && (
        <p class="panel">
          {t('compares', clean(rule.comparison.with))}
          {rule.comparison.window !== undefined &&
            ` ${shownTime(rule.comparison.window.from)} – ${shownTime(rule.comparison.window.to)}`}
          {rule.comparison.note !== undefined && `: ${clean(rule.comparison.note)}`}
        </p>
      )}
      {window !== undefined && rule.enabled && <WindowPicture window={window} />}
      {rule.silenced.length > 0 && (
        <div class="panel">
          <h4>{t('quietAfterAlert')}</h4>
          <ul class="labels">
            {rule.silenced.map(({ key, until }) => (
              <li key={key}>
                {clean(key) || t('wholeRule')} {t('until', shownTime(until))}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Alerters rule={rule} />
    </section>
  );
}

export function Mistakes({ of }: { of: readonly RuleMistake[] }) {
  if (of.length === 0) return null;
  return (
    <div role="alert">
      <ul class="mistakes">
        {of.map(({ where, what, fix, code }, i) => (
          <li key={i} class="problem">
            {where !== undefined && <code>{clean(where)}</code>} {clean(what)} {fix !== undefined && clean(fix)}{' '}
            <span class="soft">{code}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whom the rule tells, what is missing for that, and whether a test arrives. */
function Alerters({ rule }: { rule: RuleView }) {
  const answer = useSignal<TestAlertAnswer | undefined>(undefined);
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const test = async (): Promise<void> => {
    isBusy.value = true;
    problem.value = '';
    answer.value = undefined;
    try {
      answer.value = await ask<TestAlertAnswer>('api/alerters/test', {}, { method: 'POST', body: { name: rule.name } });
    } catch (error) {
      problem.value = (error as ApiError).message;
    }
    isBusy.value = false;
  };
  return (
    <div class="panel">
      <h4>{t('tells')}</h4>
      {rule.alerters.length === 0 && <p class="soft">{t('tellsNobody')}</p>}
      <ul class="plainList">
        {rule.alerters.map(({ type, missing }, i) => (
          <li key={`${type} ${i}`}>
            {clean(type)}:{' '}
            {missing === undefined ? t('ready') : <span class="warn">{t('missing', clean(missing))}</span>}
          </li>
        ))}
      </ul>
      {rule.enabled && rule.alerters.length > 0 && (
        <button type="button" disabled={isBusy.value} onClick={() => void test()}>
          {t(isBusy.value ? 'sending' : 'sendTest')}
        </button>
      )}
      <div role="status">
        {problem.value !== '' && <p class="problem">{problem.value}</p>}
        {answer.value !== undefined && (
          <ul class="plainList">
            {answer.value.results.map(({ alerter, outcome, reason, missing, duration_ms }, i) => (
              <li key={i} class={outcome === 'sent' ? 'good' : outcome === 'failed' ? 'bad' : 'warn'}>
                {clean(alerter)}: {t(`test_${outcome}`)} {missing !== undefined && t('missing', clean(missing))}
                {reason !== undefined && clean(reason)} <span class="soft">{durationText(duration_ms)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
