import type { OptionTable } from '../../rules/options.ts';
import { checkAddresses, type OptionMistake } from '../address.ts';
import type { Alert, AlerterKind, AlerterSettings, Notification } from '../alerter.ts';
import { HttpAlerter, type HttpAlerterParts } from '../http-alerter.ts';
import { textOf } from '../told.ts';
import { checkWay, wayOptions } from '../way.ts';

/** Texts without markup. */
export const PLAIN = { tableWidth: 80, fenced: false, marks: undefined };

/** A service with one address, whose messages are one POST each. */
export interface Service {
  readonly type: string;
  /** First words of the options that say how requests get there. */
  readonly prefix: string;
  readonly options: OptionTable;
  /** Options without which nothing can be sent. */
  readonly needs: readonly string[];
  /** Of these options an address must be one. */
  readonly addresses?: readonly string[];
  readonly check?: (settings: AlerterSettings['options']) => OptionMistake[];
  /** Address, headers and what of them is secret. Only asked where nothing is missing. */
  readonly to: (
    settings: AlerterSettings,
  ) => Pick<HttpAlerterParts, 'headers' | 'secrets' | 'complete' | 'judge' | 'suffix'> & { url: string };
  /** The body, or bodies, of what is told. */
  readonly bodies: (alert: Alert, settings: AlerterSettings) => readonly (string | Notification)[];
  /** Ways of its own beside those of `prefix`. */
  readonly way?: (settings: AlerterSettings) => AlerterSettings['options'];
}

/** The kind of alerter that a service is. */
export function serviceKind(service: Service): AlerterKind {
  const { type, prefix, needs, bodies } = service;
  return {
    type,
    options: { ...wayOptions(prefix), ...service.options },
    check: (options, folder) => [
      ...(service.addresses ?? []).flatMap(option => checkAddresses(option, options[option])),
      ...checkWay(prefix, options, folder),
      ...(service.check?.(options) ?? []),
    ],
    create: settings => {
      const { options } = settings;
      const missing = needs.find(name => isMissing(options[name]));
      const { url, ...parts } = missing === undefined ? service.to(settings) : { url: '' };
      return new HttpAlerter({
        type,
        settings: service.way === undefined ? settings : { ...settings, options: service.way(settings) },
        prefix,
        addresses: missing === undefined ? [{ url, headers: {} }] : [],
        missing,
        ...parts,
        render: alert =>
          missing !== undefined
            ? []
            : bodies(alert, settings).map(body => (typeof body === 'string' ? { target: 0, body } : body)),
      });
    },
  };
}

/** One that stayed `$NAME`, because the variable is not set, is missing too. */
const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'string' && /^\$\{?\w+\}?$/.test(value));

/** A text option; `` where it is not set. */
export const text = ({ options }: AlerterSettings, name: string): string => textOf(options, name) ?? '';

export const form = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();
export const FORM_CONTENT = { 'Content-Type': 'application/x-www-form-urlencoded' };
