import { stored } from '../base/stored.ts';

/** Empty: as the system has it. */
export const theme = stored<'' | 'light' | 'dark'>('theme', '');
theme.subscribe(value => {
  if (value === '') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = value;
});
