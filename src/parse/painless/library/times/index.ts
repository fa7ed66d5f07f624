import type { JavaClass } from '../java-class.ts';
import { durationClass, periodClass, temporalAmountClass } from './amounts.ts';
import { chronoFieldClass, chronoUnitClass, isoFieldsClass } from './fields.ts';
import { formatterClass, resolverStyleClass } from './formatter.ts';
import { formatterBuilderClasses } from './formatter-builder.ts';
import { legacyClasses } from './legacy.ts';
import { textStyleClass } from './names.ts';
import { smallerClasses } from './smaller-classes.ts';
import {
  chronoLocalDateClass,
  chronoLocalDateTimeClass,
  chronoZonedDateTimeClass,
  instantClass,
  localDateClass,
  localDateTimeClass,
  localTimeClass,
  offsetDateTimeClass,
  temporalClasses,
  zonedDateTimeClass,
} from './temporal-classes.ts';
import { dayOfWeekClass, monthClass } from './weekdays.ts';
import { zoneIdClass, zoneOffsetClass } from './zones.ts';

/** The classes of java.time. */
export const timeClasses: readonly JavaClass[] = [
  instantClass,
  localDateClass,
  localTimeClass,
  localDateTimeClass,
  offsetDateTimeClass,
  zonedDateTimeClass,
  chronoLocalDateClass,
  chronoLocalDateTimeClass,
  chronoZonedDateTimeClass,
  ...temporalClasses,
  ...smallerClasses,
  durationClass,
  periodClass,
  temporalAmountClass,
  chronoFieldClass,
  chronoUnitClass,
  isoFieldsClass,
  dayOfWeekClass,
  monthClass,
  zoneIdClass,
  zoneOffsetClass,
  formatterClass,
  resolverStyleClass,
  textStyleClass,
  ...formatterBuilderClasses,
  ...legacyClasses,
];
