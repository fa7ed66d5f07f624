import { type Key, useKeys } from './keys.ts';
import { words } from './words.ts';

const t = words(
  { find: 'Filter the list', down: 'The next one', up: 'The one before', leave: 'Leave the field' },
  { find: '목록 거르기', down: '다음 항목', up: '이전 항목', leave: '입력란 나가기' },
);

/**
 * `/` goes to the filter of a view, `j` and `k` from one of its items to the next; Enter does what the item does. For an effect.
 * `items`: what of each item takes the focus.
 */
export function listKeys(view: string, items: string): () => void {
  const within = (selector: string): HTMLElement[] => [
    ...document.querySelectorAll<HTMLElement>(`${view} :is(${selector})`),
  ];
  const step = (by: 1 | -1): void => {
    const all = within(items);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = all[at < 0 ? (by === 1 ? 0 : all.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  const keys: Key[] = [
    { key: '/', what: () => t('find'), run: () => within('input[type=search]')[0]?.focus() },
    { key: 'j', what: () => t('down'), run: () => step(1) },
    { key: 'k', what: () => t('up'), run: () => step(-1) },
    {
      key: 'Escape',
      what: () => t('leave'),
      run: () => {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      },
    },
  ];
  return useKeys(keys);
}
