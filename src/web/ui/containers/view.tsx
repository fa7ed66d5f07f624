import { t } from './words.ts';

export function Containers() {
  return <h2>{t('title')}</h2>;
}
