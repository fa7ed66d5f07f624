import { t } from './words.ts';

export function Alerts() {
  return <h2>{t('title')}</h2>;
}
