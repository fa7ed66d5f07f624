import './workshop.css';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { RuleMistake, RuleView } from '../../../../core/api/alerts.ts';
import type { BacktestAnswer } from '../../../../core/api/backtest.ts';
import { type ApiError, ask } from '../../base/api.ts';
import { copyText } from '../../base/copy.ts';
import { type EditorMistake, YamlEditor } from '../../base/editor/yaml-editor.tsx';
import { go, hrefOf, route } from '../../base/route.ts';
import { clean } from '../../base/text.ts';
import type { Shared } from '../view.tsx';
import { Results } from './results.tsx';
import { newRuleFile, type RuleFile, readRuleFile } from './rule-file.ts';
import { RuleFormFields } from './rule-form.tsx';
import { newRule, readForm, writeForm, yamlMistakes } from './rule-text.ts';
import { t } from './words.ts';

const RANGES = ['1d', '7d', '14d', '30d'] as const;

/** What was written and not saved, by rule: another tab of the page must not cost it. */
const drafts = new Map<string, string>();

/** Where a rule is written, and tried on what is stored before it may wake anyone. */
export function Workshop({ rule, shared }: { rule: RuleView | undefined; shared: Shared }) {
  const { params } = route.value;
  const query = params.get('query') ?? '';
  const draft = rule === undefined ? `new ${query}` : `rule ${rule.name}`;
  const first = drafts.get(draft) ?? (rule === undefined ? newRule(query) : undefined);
  const text = useSignal(first);
  const today = useSignal<string | undefined>(undefined);
  const file = useSignal<RuleFile | ((name: string) => RuleFile) | undefined>(undefined);
  const range = RANGES.find(days => days === params.get('days')) ?? '7d';
  const answer = useSignal<{ answer: BacktestAnswer; text: string } | undefined>(undefined);
  const problem = useSignal('');
  const found = useSignal<readonly RuleMistake[]>([]);
  const running = useRef<AbortController | undefined>(undefined);
  const isRunning = useSignal(false);

  const place = (): RuleFile | undefined =>
    typeof file.value === 'function' ? file.value(readForm(text.value ?? '')?.name ?? '') : file.value;
  const pathNow = (): string => place()?.path ?? 'new-rule.yaml';
  const at = place();
  const path = pathNow();

  const run = async (): Promise<void> => {
    const now = text.value;
    if (now === undefined || yamlMistakes(now).length > 0) return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    isRunning.value = true;
    problem.value = '';
    const before = today.value;
    const path = pathNow();
    // What they import lies beside them.
    const besides = path.replace(/[^/]*$/, '');
    const old = before === undefined || before === now ? undefined : [{ path: `${besides}${TODAY}`, text: before }];
    const imports = [now, before].some(one => one !== undefined && hasImport(one)) ? 'running' : undefined;
    const body = { rules: [{ path, text: now }], old, imports, from: `now-${range}`, messages: true };
    try {
      const got = await backtest(body, abort.signal);
      if (abort.signal.aborted) return;
      found.value = got.mistakes;
      answer.value = { answer: got, text: now };
    } catch (error) {
      if (abort.signal.aborted) return;
      problem.value = (error as ApiError).message;
      answer.value = undefined;
    }
    isRunning.value = false;
  };
  const stop = (): void => {
    running.current?.abort();
    isRunning.value = false;
  };

  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      if (rule === undefined) {
        file.value = await newRuleFile(abort.signal);
      } else {
        const read = await readRuleFile(rule, abort.signal);
        file.value = read;
        today.value = read.text;
        text.value ??= read.text ?? '';
      }
      if (!abort.signal.aborted && (query !== '' || today.value !== undefined)) void run();
    };
    load().catch((error: unknown) => {
      if (!abort.signal.aborted) problem.value = String(error);
    });
    return () => {
      abort.abort();
      running.current?.abort();
    };
  }, [rule?.name, query]);

  const change = (now: string): void => {
    text.value = now;
    drafts.set(draft, now);
    // Its lines are others now.
    found.value = [];
  };
  if (text.value === undefined) return <p class="note">{t('loading')}</p>;
  const own = yamlMistakes(text.value);
  const back = rule === undefined ? { tab: 'rules' } : { tab: 'rules', rule: rule.name };
  return (
    <section class="workshop" aria-label={t(rule === undefined ? 'newRule' : 'editRule')}>
      <p class="crumbs">
        <a href={hrefOf('alerts', back)}>← {rule === undefined ? t('allRules') : clean(rule.name)}</a>
      </p>
      <div class="sides">
        <div>
          <h3>{t(rule === undefined ? 'newRule' : 'editRule')}</h3>
          <RuleFormFields
            text={text.value}
            rules={shared.rules ?? []}
            change={part => change(writeForm(text.value ?? '', part))}
          />
          {rule !== undefined && at !== undefined && at.text === undefined && (
            <p class="problem">{t('notRead', at.why ?? '', at.path)}</p>
          )}
          <YamlEditor
            label={t('text')}
            text={text.value}
            mistakes={[...own, ...found.value.map(mistake => inEditor(mistake, path))]}
            onInput={change}
            run={() => void run()}
          />
          <Saving
            file={at}
            text={text.value}
            isSame={text.value === today.value}
            refused={mistakes => (found.value = mistakes)}
            shared={shared}
            saved={name => {
              drafts.delete(draft);
              go('alerts', { tab: 'rules', ...(name === '' ? {} : { rule: name }) });
            }}
          />
        </div>
        <div>
          <div class="bar">
            <button type="button" class="main" disabled={own.length > 0 || isRunning.value} onClick={() => void run()}>
              {t(isRunning.value ? 'running' : 'run')}
            </button>
            {isRunning.value && (
              <button type="button" onClick={stop}>
                {t('stop')}
              </button>
            )}
            <label class="inline">
              {t('over')}
              <select
                value={range}
                onChange={event => {
                  const next = new URLSearchParams(params);
                  next.set('days', event.currentTarget.value);
                  go('alerts', next, true);
                }}
              >
                {RANGES.map(days => (
                  <option key={days} value={days}>
                    {t('lastDays', Number.parseInt(days, 10))}
                  </option>
                ))}
              </select>
            </label>
            <kbd>Ctrl Enter</kbd>
          </div>
          {problem.value !== '' && (
            <p class="problem" role="alert">
              {problem.value}
            </p>
          )}
          <Mistakes own={own} found={found.value} />
          {answer.value === undefined && problem.value === '' && !isRunning.value && (
            <p class="note">{t('invitation')}</p>
          )}
          {answer.value !== undefined && (
            <Results
              answer={answer.value.answer}
              isCompared={today.value !== undefined && today.value !== answer.value.text}
              isOlder={answer.value.text !== text.value}
            />
          )}
        </div>
      </div>
    </section>
  );
}

/** One mistake in YAML brings others with it. */
const MOST_TOLD = 3;
const BUSY_PAUSE_MS = 400;

/** One that was given up may take a moment to end: the next one waits for that. */
async function backtest(body: object, signal: AbortSignal): Promise<BacktestAnswer> {
  for (let left = 10; ; left--) {
    try {
      return await ask<BacktestAnswer>('api/backtest', {}, { method: 'POST', body, signal });
    } catch (error) {
      if (signal.aborted || left === 0 || (error as ApiError).code !== 'LS_BACKTEST_BUSY') throw error;
      await new Promise(resolve => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}

/** Where the version that runs is said to be, so that its mistakes are not taken for those of the new one. */
const TODAY = 'today.yaml';

const hasImport = (text: string): boolean => /^import\s*:/m.test(text);

function inEditor({ where, what, fix }: RuleMistake, path: string): EditorMistake {
  const [, file, line] = /^(.*?):(\d+)(?::\d+)?$/.exec(where ?? '') ?? [];
  return { line: file === path ? Number(line) : 1, text: `${clean(what)}${fix === undefined ? '' : ` ${clean(fix)}`}` };
}

function Mistakes({ own, found }: { own: readonly EditorMistake[]; found: readonly RuleMistake[] }) {
  if (own.length + found.length === 0) return null;
  return (
    <div role="alert">
      <ul class="mistakes">
        {own.slice(0, MOST_TOLD).map(({ line, text }, i) => (
          <li key={`own ${i}`} class="problem">
            {t('line', line)} {clean(text)}
          </li>
        ))}
        {found.map(({ where = '', what, fix = '' }, i) => (
          <li key={i} class="problem">
            {where.replace(/^.*\//, '').startsWith(TODAY)
              ? t('ofToday')
              : t('line', Number(/:(\d+)/.exec(where)?.[1] ?? 1))}{' '}
            {clean(what)} {clean(fix)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Saves it where the setting allows that; else gives the text and says where it belongs. */
function Saving({
  file,
  text,
  isSame,
  refused,
  shared,
  saved,
}: {
  file: RuleFile | undefined;
  text: string;
  isSame: boolean;
  refused: (mistakes: readonly RuleMistake[]) => void;
  shared: Shared;
  saved: (rule: string) => void;
}) {
  const problem = useSignal('');
  const isBusy = useSignal(false);
  if (file === undefined) return null;
  const save = async (): Promise<void> => {
    isBusy.value = true;
    problem.value = '';
    try {
      const message = await file.write!(text);
      shared.say(message === '' ? t('saved', file.path) : message);
      shared.changed();
      saved(readForm(text)?.name ?? '');
    } catch (error) {
      const { message, mistakes } = error as ApiError;
      if (mistakes.length === 0) problem.value = message;
      else refused(mistakes);
    }
    isBusy.value = false;
  };
  return (
    <div class="saving">
      {file.write === undefined ? (
        <>
          <button
            type="button"
            onClick={() => void copyText(text).then(done => shared.say(t(done ? 'copied' : 'notCopied')))}
          >
            {t('copy')}
          </button>
          <span class="soft">
            {t('putInto')} <code>{file.path}</code>. {file.why !== undefined && clean(file.why)}
          </span>
        </>
      ) : (
        <>
          <button type="button" class="main" disabled={isBusy.value || isSame} onClick={() => void save()}>
            {t('save')}
          </button>
          <code class="soft">{file.path}</code>
        </>
      )}
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  );
}
