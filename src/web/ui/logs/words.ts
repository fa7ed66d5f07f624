import { words } from '../base/words.ts';

export const t = words(
  {
    title: 'Logs',
  },
  {
    title: '로그',
  },
);
