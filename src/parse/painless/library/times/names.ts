import { MONTHS, shortName, WEEKDAYS } from '../../../../base/time/english.ts';
import { enumClass, JavaEnum } from '../enums.ts';
import type { JavaClass } from '../java-class.ts';

export type TextStyle = JavaEnum;
export type Width = 'long' | 'short' | 'narrow';

const STYLES = ['FULL', 'FULL_STANDALONE', 'SHORT', 'SHORT_STANDALONE', 'NARROW', 'NARROW_STANDALONE'];
export const textStyles: readonly JavaEnum[] = STYLES.map(
  (name, i) => new JavaEnum('java.time.format.TextStyle', name, i),
);

export const textStyleOf = ({ name }: TextStyle): Width =>
  name.startsWith('FULL') ? 'long' : name.startsWith('SHORT') ? 'short' : 'narrow';

export const textStyleClass: JavaClass = enumClass('java.time.format.TextStyle', textStyles, {
  methods: {
    'TextStyle asNormal()': (self: JavaEnum) => textStyles[self.ordinal & ~1],
    'TextStyle asStandalone()': (self: JavaEnum) => textStyles[self.ordinal | 1],
    'boolean isStandalone()': (self: JavaEnum) => self.ordinal % 2 === 1,
  },
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const isEnglish = (tag: string): boolean => tag === '' || /^en\b/.test(tag);

/** `month` from 1. */
export function monthName(month: number, width: Width, tag: string): string {
  if (isEnglish(tag)) return english(capital(MONTHS[month - 1]!), width);
  return localName(tag, 'month', width, Date.UTC(2023, month - 1, 15));
}

/** Monday is 1. */
export function weekdayName(day: number, width: Width, tag: string): string {
  if (isEnglish(tag)) return english(capital(WEEKDAYS[day % 7]!), width);
  return localName(tag, 'weekday', width, Date.UTC(2023, 0, 1 + day));
}

function english(name: string, width: Width): string {
  return width === 'long' ? name : width === 'short' ? capital(shortName(name)) : name.charAt(0);
}

const names = new Map<string, string>();

function localName(tag: string, unit: 'month' | 'weekday', width: Width, at: number): string {
  const key = `${tag} ${unit} ${width} ${at}`;
  let name = names.get(key);
  if (name === undefined) {
    const format = new Intl.DateTimeFormat(tag, {
      [unit]: width,
      ...(unit === 'month' && { day: 'numeric' }),
      timeZone: 'UTC',
    });
    name = format.formatToParts(at).find(part => part.type === unit)?.value ?? '';
    if (names.size > 2000) names.clear();
    names.set(key, name);
  }
  return name;
}
