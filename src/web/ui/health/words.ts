import { words } from '../base/words.ts';

export const t = words(
  {
    title: 'Health',
  },
  {
    title: '상태',
  },
);
