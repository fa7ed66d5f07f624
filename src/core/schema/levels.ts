import { withoutColors } from '../colors.ts';
import type { Level } from '../event.ts';
import type { LevelScale } from './mapping.ts';

/** The level that a field's value names: words in any case and with brackets round them, one letter, numbers of a scale; undefined if it names none. */
export function levelOf(value: unknown, scale: LevelScale = 'auto'): Level | undefined {
  if (typeof value === 'string') {
    const exact = WORDS.get(value);
    if (exact !== undefined) return scale === 'http' ? undefined : exact;
    const plain = withoutColors(value);
    if (plain.length > 40) return undefined;
    if (/^-?\d+(?:\.0+)?$/.test(plain)) return scale === 'words' ? undefined : numberLevel(Number(plain), scale);
    if (scale === 'http') return undefined;
    return WORDS.get(plain.toLowerCase().replace(BESIDE_WORD, ''));
  }
  if (typeof value === 'number') return scale === 'words' ? undefined : numberLevel(value, scale);
  return undefined;
}

/** Brackets and blanks; the type of a constant (`LogLevel.Error`, `SEVERITY_NUMBER_ERROR`). */
const BESIDE_WORD = /^(?:[^a-z]*(?:[a-z]*level\.|severity_(?:number_)?))?[^a-z]*|[^a-z]+$/g;

/** True when the word says more than the level it becomes, so that the word is worth keeping beside it. */
export function isLossy(value: unknown): boolean {
  return typeof value === 'string' && LOSSY.test(value);
}

const LOSSY = /^(?:notice|trace|alert|emerg(?:ency)?|verbose|silly|finest|finer|config|audit)$/i;

const SYSLOG: readonly Level[] = ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'];
const PINO: readonly Level[] = ['DEBUG', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const PYTHON: readonly Level[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const OTEL: readonly Level[] = ['DEBUG', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

function numberLevel(value: number, scale: LevelScale): Level | undefined {
  if (scale === 'python') return value >= 10 && value < 60 ? PYTHON[Math.floor(value / 10) - 1] : undefined;
  if (scale === 'http') return value >= 500 && value < 600 ? 'ERROR' : value >= 400 && value < 500 ? 'WARN' : undefined;
  if (scale === 'otel') return value >= 1 && value <= 24 ? OTEL[Math.floor((value - 1) / 4)] : undefined;
  if (value >= 0 && value < 8) return SYSLOG[value];
  if (scale === 'syslog') return undefined;
  if (value >= 10 && value < 70) return PINO[Math.floor(value / 10) - 1];
  if (value >= 100 && value <= 600) return MONOLOG(value);
  if (value >= 700 && value <= 1000) return value >= 1000 ? 'ERROR' : value >= 900 ? 'WARN' : 'INFO';
  if (value >= 5000 && value <= 50_000) return LOGBACK(value);
  return undefined;
}

const MONOLOG = (value: number): Level =>
  value >= 500 ? 'FATAL' : value >= 400 ? 'ERROR' : value >= 300 ? 'WARN' : value >= 200 ? 'INFO' : 'DEBUG';
const LOGBACK = (value: number): Level =>
  value >= 50_000 ? 'FATAL' : value >= 40_000 ? 'ERROR' : value >= 30_000 ? 'WARN' : value >= 20_000 ? 'INFO' : 'DEBUG';

const SPELLINGS: Record<Level, string> = {
  FATAL: 'fatal fatl fata ftl f critical crit c emerg emergency alert panic dpanic fatal_error disaster',
  ERROR: 'error err erro eror e errors severe failure fail sev',
  WARN: 'warn warning wrn warni w deprecated deprecation',
  INFO: 'info inf i information informational informative notice note n notic config http log system audit success normal default statement detail hint',
  DEBUG:
    'debug dbg debg dbug debu d d1 d2 d3 d4 d5 debug1 debug2 debug3 debug4 debug5 trace trc trac trce trace1 trace2 trace3 trace4 trace5 trace6 trace7 trace8 t verbose verb vrb v fine finer finest silly all',
};

const WORDS = new Map<string, Level>();
for (const level of Object.keys(SPELLINGS) as Level[]) {
  for (const word of SPELLINGS[level].split(' ')) {
    WORDS.set(word, level);
    WORDS.set(word.toUpperCase(), level);
    WORDS.set(word[0]!.toUpperCase() + word.slice(1), level);
  }
}
// As docker and PHP write it, with a blank.
WORDS.set('fatal error', 'FATAL');
