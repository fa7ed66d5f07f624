import { lazily } from '../../base/process/lazily.ts';
import { FieldPath } from '../field-path.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/** Holds the Public Suffix List. */
const tldts = lazily<typeof import('tldts')>('tldts');

/**
 * `registered_domain`: field, target_field (default: the top of the event), ignore_missing (default true). Sets `domain`,
 * `registered_domain`, `top_level_domain` and `subdomain` by the Public Suffix List, private suffixes (`github.io`)
 * included. Nothing is set for what is below no known suffix.
 */
export const registeredDomain: ProcessorKind = {
  name: 'registered_domain',
  build(options) {
    const source = options.path('field');
    const target = options.string('target_field', '');
    const ignoreMissing = options.boolean('ignore_missing', true);
    const prefix = target === '' ? '' : `${target}.`;
    const paths = PARTS.map(name => new FieldPath(prefix + name));
    const { parse } = tldts();
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const found = parse(text.toLowerCase(), PARSING);
      const isKnown = found.isIcann === true || found.isPrivate === true;
      if (!isKnown || found.publicSuffix === null)
        return ignoreMissing ? undefined : `field [${source.text}] holds no registered domain`;
      const values = [text, found.domain, found.publicSuffix, found.subdomain];
      for (const [i, path] of paths.entries()) {
        const value = values[i];
        const failed = value === null || value === '' ? undefined : path.set(event, state, value);
        if (failed !== undefined) return failed;
      }
      return undefined;
    };
  },
};

const PARTS = ['domain', 'registered_domain', 'top_level_domain', 'subdomain'];
const PARSING = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false };
