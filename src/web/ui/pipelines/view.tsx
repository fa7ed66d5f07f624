import './pipelines.css';
import { useEffect } from 'preact/hooks';
import { useKeys } from '../base/keys.ts';
import { route } from '../base/route.ts';
import { Details } from './details.tsx';
import { FileBar } from './file-bar.tsx';
import { FilePane } from './file-pane.tsx';
import { LineList, moveSelection } from './line-list.tsx';
import { SourceBar } from './source-bar.tsx';
import { t } from './words.ts';
import { workbench } from './workbench.ts';

/** What pipelines make of lines, and what a change would. `#/pipelines?file=&container=&query=&from=&line=`. */
export function Pipelines() {
  useEffect(() => void start(), []);
  useEffect(
    () =>
      useKeys([
        { key: 'j', what: () => t('nextLine'), run: () => moveSelection(1) },
        { key: 'k', what: () => t('lineBefore'), run: () => moveSelection(-1) },
      ]),
    [],
  );
  const { problem, said } = workbench;
  return (
    <div class="pipelines">
      <h2 class="hidden-text">{t('title')}</h2>
      <FileBar />
      <p class="hidden-text" role="status">
        {said.value}
      </p>
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}{' '}
          {workbench.hasConflict.value && (
            <button type="button" onClick={loadTheirs}>
              {t('conflict')}
            </button>
          )}
        </p>
      )}
      <div class="two">
        <div>
          <section class="panel" aria-label={t('lines')}>
            <SourceBar />
            <LineList />
          </section>
          <Details />
        </div>
        <FilePane />
      </div>
    </div>
  );
}

/** Throws away what was typed; it is asked first. */
function loadTheirs(): void {
  const info = workbench.list.value?.files.find(({ path }) => path === workbench.file.value?.path);
  if (info !== undefined && confirm(t('sure'))) void workbench.open(info);
}

/** A link from elsewhere brings lines with it. */
async function start(): Promise<void> {
  const { params } = route.value;
  const [file, container, query, from, line] = ['file', 'container', 'query', 'from', 'line'].map(name =>
    params.get(name),
  );
  if (typeof line === 'string')
    workbench.source.value = {
      kind: 'paste',
      text: line,
      container: container ?? '',
      image: params.get('image') ?? '',
    };
  else if (typeof container === 'string' || typeof query === 'string')
    workbench.source.value = {
      ...{ kind: 'stored', container: container ?? '', query: query ?? '' },
      ...{ from: from ?? 'now-1h', size: 200 },
    };
  await workbench.load();
  const wanted = workbench.list.value?.files.find(
    one => one.kind === 'pipeline' && (one.name === file || one.path === file),
  );
  if (wanted !== undefined && workbench.file.value?.path !== wanted.path && !workbench.isDirty.value)
    await workbench.open(wanted);
}
