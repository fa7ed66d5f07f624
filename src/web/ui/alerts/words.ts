import { words } from '../base/words.ts';

export const t = words(
  {
    title: 'Alerts',
  },
  {
    title: '알림',
  },
);
