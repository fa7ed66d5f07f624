import { words } from '../base/words.ts';

export const t = words(
  {
    title: 'Containers',
  },
  {
    title: '컨테이너',
  },
);
