import { useSignal } from '@preact/signals';
import { copyText } from '../base/copy.ts';
import { go } from '../base/route.ts';
import { t } from './words.ts';
import { workbench } from './workbench.ts';

/** Which pipeline, and what to do with it. */
export function FileBar() {
  const { list, file, text, isDirty, mistakes } = workbench;
  const isNaming = useSignal(false);
  const files = (list.value?.files ?? []).filter(({ kind }) => kind === 'pipeline');
  const isNew = file.value !== undefined && file.value.version === undefined;
  const choose = (path: string): void => {
    if (isDirty.value && !confirm(t('sure'))) return;
    const info = files.find(one => one.path === path);
    if (info === undefined) workbench.close();
    else void workbench.open(info);
    go('pipelines', info === undefined ? {} : { file: info.name }, true);
  };
  const save = async (): Promise<void> => {
    const written = await workbench.save();
    if (written !== undefined) workbench.said.value = t(written.created ? 'createdNow' : 'saved', written.path);
  };
  return (
    <div class="bar">
      <label>
        {t('pipeline')}{' '}
        <select value={file.value?.path ?? ''} onChange={event => choose(event.currentTarget.value)}>
          <option value="">{t('none')}</option>
          {isNew && <option value={file.value!.path}>{file.value!.name}</option>}
          {files.map(one => (
            <option key={one.path} value={one.path}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      {isNaming.value ? (
        <NewFile close={() => (isNaming.value = false)} />
      ) : (
        <button type="button" onClick={() => (isNaming.value = true)}>
          {t('create')}
        </button>
      )}
      {file.value !== undefined && (
        <span class="ends">
          {isDirty.value && <span class="soft">{t('unsaved')}</span>}
          {mistakes.value.length > 0 && <span class="bad">{t('mistakes', mistakes.value.length)}</span>}
          {isDirty.value && !isNew && (
            <button
              type="button"
              onClick={() => {
                text.value = file.value!.saved;
              }}
            >
              {t('revert')}
            </button>
          )}
          {file.value.writable ? (
            <button type="button" class="main" disabled={!isDirty.value} onClick={() => void save()}>
              {t('save')}
            </button>
          ) : (
            <button
              type="button"
              onClick={async () => {
                workbench.said.value = (await copyText(text.value)) ? t('copied') : t('notCopied');
              }}
            >
              {t('copy')}
            </button>
          )}
        </span>
      )}
    </div>
  );
}

function NewFile({ close }: { close: () => void }) {
  const name = useSignal(workbench.source.value.container);
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const results = workbench.answer.value?.results ?? [];
    const lines = results
      .filter(({ pipeline, event: made }) => pipeline === null || made?.['pipeline_error'] !== undefined)
      .map(one => workbench.lines.value[one.lines[0]! - 1] ?? '');
    workbench.create(name.value, lines.length === 0 ? [] : await workbench.suggest(lines));
    close();
  };
  return (
    <form class="inline" onSubmit={make}>
      <input
        aria-label={t('nameOf')}
        placeholder={t('nameOf')}
        required
        pattern="[\p{L}\p{N}_][\p{L}\p{N}_.+\-]*"
        value={name.value}
        onInput={event => {
          name.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="main">
        {t('make')}
      </button>
      <button type="button" onClick={close}>
        {t('cancel')}
      </button>
    </form>
  );
}
