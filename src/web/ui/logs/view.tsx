import { t } from './words.ts';

export function Logs() {
  return <h2>{t('title')}</h2>;
}
