import { ScriptFailure } from '../failure.ts';
import { javaClass } from './define.ts';
import { textHash } from './equality.ts';
import type { JavaClass } from './java-class.ts';
import { JavaObject } from './java-object.ts';

export class Locale extends JavaObject {
  readonly language: string;
  readonly country: string;

  constructor(language: string, country = '') {
    super();
    this.language = language.toLowerCase();
    this.country = country.toUpperCase();
  }
  get javaName(): string {
    return 'java.util.Locale';
  }
  /** For `Intl`; empty for the root. */
  get tag(): string {
    const tag = this.country === '' ? this.language : `${this.language || 'und'}-${this.country}`;
    try {
      return tag === '' ? '' : Intl.getCanonicalLocales(tag)[0]!;
    } catch {
      return '';
    }
  }
  toText(): string {
    return this.country === '' ? this.language : `${this.language}_${this.country}`;
  }
  override equals(other: unknown): boolean {
    return other instanceof Locale && other.toText() === this.toText();
  }
  override hash(): number {
    return textHash(this.toText());
  }
  override key(): string {
    return `\0L${this.toText()}`;
  }
}

const KNOWN: Readonly<Record<string, string>> = {
  ROOT: '',
  ENGLISH: 'en',
  US: 'en-US',
  UK: 'en-GB',
  CANADA: 'en-CA',
  CANADA_FRENCH: 'fr-CA',
  GERMAN: 'de',
  GERMANY: 'de-DE',
  FRENCH: 'fr',
  FRANCE: 'fr-FR',
  ITALIAN: 'it',
  ITALY: 'it-IT',
  JAPANESE: 'ja',
  JAPAN: 'ja-JP',
  KOREAN: 'ko',
  KOREA: 'ko-KR',
  CHINESE: 'zh',
  CHINA: 'zh-CN',
  PRC: 'zh-CN',
  SIMPLIFIED_CHINESE: 'zh-CN',
  TAIWAN: 'zh-TW',
  TRADITIONAL_CHINESE: 'zh-TW',
};

function ofTag(tag: string): Locale {
  const [language = '', ...rest] = tag.split('-');
  if (!/^[A-Za-z]{2,8}$/.test(language)) return new Locale('');
  return new Locale(language === 'und' ? '' : language, rest.find(part => /^(?:[A-Za-z]{2}|\d{3})$/.test(part)) ?? '');
}

const shown = (self: Locale, type: 'language' | 'region', code: string): string => {
  try {
    return code === '' ? '' : (new Intl.DisplayNames('en', { type }).of(code) ?? code);
  } catch {
    throw new ScriptFailure('MissingResourceException', `no name for ${type}`, `no name for ${self.javaName}`);
  }
};

export const ROOT_LOCALE: Locale = new Locale('');

export const localeClass: JavaClass = javaClass('java.util.Locale', {
  is: value => value instanceof Locale,
  constructors: {
    '(String)': (language: string) => new Locale(language),
    '(String, String)': (language: string, country: string) => new Locale(language, country),
    '(String, String, String)': (language: string, country: string) => new Locale(language, country),
  },
  statics: {
    'Locale forLanguageTag(String)': ofTag,
    'Locale getDefault()': () => new Locale('en', 'US'),
  },
  methods: {
    'String getCountry()': (self: Locale) => self.country,
    'String getDisplayCountry()': (self: Locale) => shown(self, 'region', self.country),
    'String getDisplayLanguage()': (self: Locale) => shown(self, 'language', self.language),
    'String getLanguage()': (self: Locale) => self.language,
    'String toLanguageTag()': (self: Locale) => self.tag || 'und',
  },
  constants: Object.fromEntries(Object.entries(KNOWN).map(([name, tag]) => [`Locale ${name}`, ofTag(tag)])),
});
