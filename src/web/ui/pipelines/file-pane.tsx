import type { ParseComparison, ParseTest } from '../../../core/api/parse.ts';
import { type EditorMistake, YamlEditor } from '../base/editor/yaml-editor.tsx';
import { clean, cleanLine } from '../base/text.ts';
import { count } from '../base/time.ts';
import { t } from './words.ts';
import { workbench } from './workbench.ts';

/** The text of the pipeline, its tests, and what a change does. */
export function FilePane() {
  const { file, text, mistakes, answer, isDirty } = workbench;
  if (file.value === undefined)
    return (
      <section class="panel" aria-label={t('editor')}>
        <p class="note">{t('choose')}</p>
      </section>
    );
  const { path, writable, why } = file.value;
  const { tests, compared } = answer.value ?? {};
  return (
    <div>
      <section class="panel" aria-label={t('editor')}>
        {!writable && (
          <p class="why">
            {t('copyTo', path)} {why}
          </p>
        )}
        <YamlEditor
          label={t('editor')}
          text={text.value}
          mistakes={shownMistakes()}
          onInput={now => {
            text.value = now;
          }}
        />
        {mistakes.value.length > 0 && (
          <ul class="mistakes" role="alert">
            {mistakes.value.map(({ line, what, fix }, i) => (
              <li key={i}>
                {line !== undefined && <b>{t('line', String(line))}: </b>}
                {clean(what)} {fix !== undefined && clean(fix)}
              </li>
            ))}
          </ul>
        )}
      </section>
      {compared !== undefined && isDirty.value && <Difference compared={compared} />}
      {tests !== undefined && <Tests tests={tests} />}
    </div>
  );
}

function shownMistakes(): EditorMistake[] {
  const { mistakes, answer } = workbench;
  const failed = (answer.value?.tests ?? []).filter(({ passed }) => !passed);
  return [
    ...mistakes.value.map(({ line, what, fix }) => ({ line: line ?? 1, text: `${what} ${fix ?? ''}`.trim() })),
    ...(mistakes.value.length > 0
      ? []
      : failed.map(({ where, differences }) => ({
          line: Number(/:(\d+)$/.exec(where)?.[1] ?? 1),
          text: differences.join('\n'),
          isWarning: true,
        }))),
  ];
}

function Tests({ tests }: { tests: readonly ParseTest[] }) {
  const failed = tests.filter(({ passed }) => !passed);
  return (
    <section class="panel" aria-label={t('tests')}>
      <h3>
        {t('tests')}{' '}
        <span class={failed.length > 0 ? 'bad' : 'soft'} role="status">
          {tests.length === 0 ? t('noTests') : t('testCounts', tests.length - failed.length, failed.length)}
        </span>
      </h3>
      {failed.length > 0 && (
        <ul class="mistakes">
          {failed.map(({ name, where, differences }) => (
            <li key={where}>
              <b>{clean(name)}</b> ({t('line', /:(\d+)$/.exec(where)?.[1] ?? '?')})
              {differences.map((difference, i) => (
                <p key={i} class="mono">
                  {clean(difference)}
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const KINDS = {
  added: 'added',
  changed: 'changed',
  removed: 'removed',
  fails: 'fails',
  'fails no more': 'failsNoMore',
  dropped: 'dropped',
  'dropped no more': 'droppedNoMore',
  taken: 'taken',
  'joined otherwise': 'joinedOtherwise',
} as const;

function Difference({ compared }: { compared: ParseComparison }) {
  const { events, differing, unlike, groups } = compared;
  const same = count(events - differing);
  return (
    <section class="panel" aria-label={t('difference')}>
      <h3>{t('difference')}</h3>
      <p role="status">{differing === 0 ? t('same', count(events)) : t('differs', count(differing), same)}</p>
      {groups.length > 0 && (
        <div class="scrolls">
          <table>
            <thead>
              <tr>
                <th class="number">{t('times')}</th>
                <th>{t('what')}</th>
                <th>{t('today')}</th>
                <th>{t('changedTo')}</th>
              </tr>
            </thead>
            <tbody>
              {groups.map(group => (
                <Group key={`${group.kind} ${group.what}`} group={group} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {unlike > 0 && <p class="soft">{t('unlike', count(unlike))}</p>}
    </section>
  );
}

function Group({ group }: { group: ParseComparison['groups'][number] }) {
  const { kind, what, example } = group;
  const word = KINDS[kind as keyof typeof KINDS];
  const isField = kind === 'added' || kind === 'changed' || kind === 'removed';
  return (
    <tr class={kind.replaceAll(' ', '-')}>
      <td class="number">{count(group.count)}</td>
      <td>
        {isField && <b>{clean(what)} </b>}
        {isField && kind === 'changed' ? '' : word === undefined ? clean(kind) : t(word)}
        {kind === 'taken' && ` ${clean(what)}`}
      </td>
      <td>{example.before !== undefined && <code>{cleanLine(example.before)}</code>}</td>
      <td>{example.after !== undefined && <code>{cleanLine(example.after)}</code>}</td>
    </tr>
  );
}
