import { signal } from '@preact/signals';
import { stored } from './stored.ts';

export type Language = 'en' | 'ko';
type Entry = string | ((...args: never[]) => string);
type Translation<W> = { readonly [K in keyof W]: W[K] extends string ? string : W[K] };
type ArgsOf<E> = E extends (...args: infer A) => string ? A : [];

const chosen = stored<Language | ''>('language', '');

/** The language of the page: what was chosen, else the browser's. */
export const language = signal<Language>('en');
chosen.subscribe(value => {
  language.value = value || (navigator.language.startsWith('ko') ? 'ko' : 'en');
  document.documentElement.lang = language.value;
});

export function chooseLanguage(value: Language): void {
  chosen.value = value;
}

/** The texts of a view, in both languages: `const t = words({ title: 'Alerts', of: (n: number) => ... }, { ... })`, then `t('of', 3)`. */
export function words<const W extends Record<string, Entry>>(
  en: W,
  ko: Translation<W>,
): <K extends keyof W>(key: K, ...args: ArgsOf<W[K]>) => string {
  return (key, ...args) => {
    const entry = (language.value === 'ko' ? ko : en)[key] as string | ((...given: unknown[]) => string);
    return typeof entry === 'string' ? entry : entry(...args);
  };
}
