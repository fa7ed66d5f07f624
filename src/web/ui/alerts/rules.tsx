import { useSignal } from '@preact/signals';
import type { RuleView } from '../../../core/api/alerts.ts';
import { go, hrefOf, route } from '../base/route.ts';
import { clean } from '../base/text.ts';
import { count } from '../base/time.ts';
import { lazy } from '../shell/lazy.tsx';
import { Ago } from './parts.tsx';
import { RuleDetail } from './rule-detail.tsx';
import type { Shared } from './view.tsx';
import { t } from './words.ts';

const Workshop = lazy(async () => (await import('./workshop/workshop.tsx')).Workshop);

const COLUMNS = ['name', 'type', 'state', 'active_alerts', 'hits', 'matches', 'alerts', 'last_evaluation'] as const;
type Column = (typeof COLUMNS)[number];
const NUMBERS: ReadonlySet<Column> = new Set(['active_alerts', 'hits', 'matches', 'alerts']);

/** All rule files: what they are, how they are, what they did; one of them in detail, or in the workshop. */
export function Rules({ shared }: { shared: Shared }) {
  const { params } = route.value;
  const { rules } = shared;
  if (params.get('new') === '1') return <Workshop rule={undefined} shared={shared} />;
  if (rules === undefined) return <p class="note">{t('loading')}</p>;
  const rule = rules.find(({ name }) => name === params.get('rule'));
  if (rule !== undefined && params.get('edit') === '1') return <Workshop rule={rule} shared={shared} />;
  if (rule !== undefined) return <RuleDetail rule={rule} shared={shared} />;
  return <List rules={rules} />;
}

function List({ rules }: { rules: readonly RuleView[] }) {
  const { params } = route.value;
  const by = useSignal<{ column: Column; isDown: boolean }>({ column: 'name', isDown: false });
  const text = params.get('text') ?? '';
  const wanted = text.toLowerCase();
  const found = rules
    .filter(({ name, type, description, where }) =>
      [name, type, description, where].some(one => one.toLowerCase().includes(wanted)),
    )
    .toSorted((a, b) => (by.value.isDown ? -1 : 1) * compare(cellOf(a, by.value.column), cellOf(b, by.value.column)));
  return (
    <>
      <div class="bar">
        <a class="button main" href={hrefOf('alerts', { tab: 'rules', new: '1' })}>
          {t('newRule')}
        </a>
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter')}
          value={text}
          onInput={event => {
            const { value } = event.currentTarget;
            go('alerts', { tab: 'rules', ...(value === '' ? {} : { text: value }) }, true);
          }}
        />
        <span class="soft" role="status">
          {t('someRules', found.length)}
        </span>
      </div>
      {found.length === 0 && <p class="note">{t(rules.length === 0 ? 'noRules' : 'noneFound')}</p>}
      {found.length > 0 && (
        <div class="wide">
          <table class="stack rules">
            <thead>
              <tr>
                {COLUMNS.map(column => (
                  <th
                    key={column}
                    class={NUMBERS.has(column) ? 'number' : ''}
                    aria-sort={by.value.column !== column ? 'none' : by.value.isDown ? 'descending' : 'ascending'}
                  >
                    <button
                      type="button"
                      class="plain"
                      onClick={() => {
                        const isSame = by.value.column === column;
                        by.value = { column, isDown: isSame ? !by.value.isDown : NUMBERS.has(column) };
                      }}
                    >
                      {t(`column_${column}`)}
                    </button>
                  </th>
                ))}
                <th>{t('health')}</th>
              </tr>
            </thead>
            <tbody>
              {found.map(rule => (
                <Row key={`${rule.name} ${rule.where}`} rule={rule} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ rule }: { rule: RuleView }) {
  return (
    <tr class={rule.state === 'disabled' ? 'soft' : ''}>
      <td data-name={t('column_name')}>
        <a href={hrefOf('alerts', { tab: 'rules', rule: rule.name })}>{clean(rule.name)}</a>
      </td>
      <td data-name={t('column_type')}>{rule.type}</td>
      <td data-name={t('column_state')}>
        <span class={rule.state === 'skipped' || rule.state === 'former_version' ? 'bad' : ''}>
          {t(`rule_${rule.state}`)}
        </span>
      </td>
      {(['active_alerts', 'hits', 'matches', 'alerts'] as const).map(name => (
        <td key={name} data-name={t(`column_${name}`)} class="number">
          {count(rule[name])}
        </td>
      ))}
      <td data-name={t('column_last_evaluation')}>
        {rule.last_evaluation === undefined ? '–' : <Ago at={rule.last_evaluation} />}
      </td>
      <td data-name={t('health')}>
        <Health rule={rule} />
      </td>
    </tr>
  );
}

/** What is wrong with it, in few words. */
function Health({ rule }: { rule: RuleView }) {
  const ills = [
    ...rule.mistakes.slice(0, 1).map(({ what }) => clean(what)),
    ...(rule.last_error === undefined ? [] : [t('failed', clean(rule.last_error.what))]),
    ...(rule.forgotten_keys > 0 ? [t('forgets', rule.forgotten_keys)] : []),
  ];
  const missing = rule.alerters.filter(one => one.missing !== undefined);
  if (missing.length > 0 && rule.enabled)
    return (
      <>
        {ills.length > 0 && <span class="bad">{ills.join(' · ')} </span>}
        <span class="warn">{t('logsOnly', missing.map(one => `${one.type}: ${one.missing}`).join(', '))}</span>
      </>
    );
  if (ills.length > 0) return <span class="bad">{ills.join(' · ')}</span>;
  if (rule.filling) return <span>{t('filling')}</span>;
  return rule.enabled ? <span class="good">{t('fine')}</span> : <span>–</span>;
}

function cellOf(rule: RuleView, column: Column): string | number {
  return rule[column] ?? '';
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
