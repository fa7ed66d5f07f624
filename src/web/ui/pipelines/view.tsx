import { t } from './words.ts';

export function Pipelines() {
  return <h2>{t('title')}</h2>;
}
