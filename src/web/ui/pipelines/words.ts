import { words } from '../base/words.ts';

export const t = words(
  {
    title: 'Pipelines',
  },
  {
    title: '파이프라인',
  },
);
