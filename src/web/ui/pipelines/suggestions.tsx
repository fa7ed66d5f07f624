import { copyText } from '../base/copy.ts';
import { clean } from '../base/text.ts';
import { t } from './words.ts';
import { workbench } from './workbench.ts';
import { withPattern } from './yaml-edits.ts';

/** Patterns for lines that are not parsed, to be put into the pipeline. */
export function Suggestions() {
  const { suggestions, text, said, current, file } = workbench;
  const found = suggestions.value;
  if (found === undefined) return null;
  const all = found.reduce((sum, { lines }) => sum + lines, 0);
  // A pattern that takes everything as the message says nothing.
  const telling = found.filter(({ example }) => Object.keys(example.fields).some(field => field !== 'message'));
  const add = async (pattern: string): Promise<void> => {
    const where = current.value?.parts?.find(({ mismatch }) => mismatch !== undefined)?.where ?? '';
    const path = file.value?.path ?? '';
    const line = where.startsWith(`${path}:`) ? Number(where.slice(path.length + 1)) : 1;
    const changed = file.value === undefined ? undefined : withPattern(text.value, line, pattern);
    if (changed === undefined) {
      await copyText(pattern);
      said.value = t('notAdded');
      return;
    }
    text.value = changed;
    suggestions.value = undefined;
    said.value = t('addedNow');
  };
  return (
    <section class="suggestions" aria-label={t('suggested')}>
      <h3>{t('suggested')}</h3>
      {telling.length === 0 && <p>{t('noPattern')}</p>}
      <ul>
        {telling.map(({ pattern, lines, example }) => (
          <li key={pattern}>
            <code>{clean(pattern)}</code>
            <p class="soft">
              {t('matches', lines, all)}: {clean(Object.keys(example.fields).join(', '))}
            </p>
            <button type="button" onClick={() => void add(pattern)}>
              {file.value === undefined ? t('copy') : t('add')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
