import { Scan } from '../scan.ts';
import { ISO_WEEKS, type WeekRules } from './weeks.ts';

/** What is found in a text that a pattern reads: beside the fields of every time, those that only patterns have. */
export class Reading extends Scan {
  /** 0: before Christ; -1: no era. */
  era = -1;
  /** NaN: no week-based year. */
  weekYear = Number.NaN;
  week = 0;
  /** 1 to 7, from the first day of the locale's week; 0: none. */
  localDay = 0;
  /** 1 Monday to 7 Sunday; 0: none. */
  isoDay = 0;
  /** Days since 1970-01-01, of a day that is written as one number; NaN: none. */
  epochDay = Number.NaN;
  /** Nanoseconds of the second. */
  nanos = 0;
  /** Hours that the name of a part of the day stands for. */
  period: readonly number[] | undefined = undefined;
  weekRules: WeekRules = ISO_WEEKS;

  override begin(text: string, end: number): void {
    super.begin(text, end);
    this.era = -1;
    this.weekYear = Number.NaN;
    this.week = 0;
    this.localDay = 0;
    this.isoDay = 0;
    this.epochDay = Number.NaN;
    this.nanos = 0;
    this.period = undefined;
  }

  override copy(other: Reading): void {
    super.copy(other);
    this.era = other.era;
    this.weekYear = other.weekYear;
    this.week = other.week;
    this.localDay = other.localDay;
    this.isoDay = other.isoDay;
    this.epochDay = other.epochDay;
    this.nanos = other.nanos;
    this.period = other.period;
  }

  setNanos(nanos: number): void {
    this.nanos = nanos;
    this.milli = Math.floor(nanos / 1e6);
  }

  setClock(hour: number, minute: number, second: number, nanos: number): void {
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.setNanos(nanos);
  }
}
