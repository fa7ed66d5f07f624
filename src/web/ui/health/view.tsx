import { t } from './words.ts';

export function Health() {
  return <h2>{t('title')}</h2>;
}
