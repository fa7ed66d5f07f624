import { isoTime } from '../base/time/iso.ts';
import { type Fields, newFields } from '../core/event.ts';
import type { Instance } from './instances/instance.ts';
import type { Instances } from './instances/instances.ts';
import { keyLabels } from './instances/labels.ts';
import { lookup } from './lookup.ts';
import type { RuleRuntime } from './rule-runtime.ts';
import { partNames } from './rules/parts.ts';
import type { Rule } from './rules/rule.ts';
import { MATCHED_RULE, partHitId, partsOf } from './types/composite.ts';
import { alertId } from './types/key-map.ts';
import type { Match } from './types/kind.ts';

/** A match of a part, as its composite rule counts it. */
export interface PartHit {
  readonly runtime: RuleRuntime;
  readonly id: string;
  readonly event: Fields;
}

const NONE: readonly RuleRuntime[] = [];

/** Which rules are made of which, and what they are told when one of these matches. */
export class Composites {
  readonly #byPart = new Map<string, RuleRuntime[]>();

  /** The rules are these now. */
  follow(runtimes: Iterable<RuleRuntime>): void {
    this.#byPart.clear();
    for (const runtime of runtimes)
      for (const name of partNames(runtime.rule)) {
        const known = this.#byPart.get(name);
        if (known === undefined) this.#byPart.set(name, [runtime]);
        else known.push(runtime);
      }
  }

  /** A rule has matched. */
  hitsOf(rule: Rule, match: Match): PartHit[] {
    const composites = this.#byPart.get(rule.name) ?? NONE;
    return composites.map(runtime => ({
      runtime,
      id: partHitId(match.id, `${match.time} ${rule.name} ${alertId(match)}${match.part ?? ''}`),
      event: eventOf(runtime.rule, rule, match),
    }));
  }
}

/** The event of a match, with the labels of its alert where it has no such field, and the name of the rule. */
function eventOf({ queryKey, timestampField }: Rule, part: Rule, match: Match): Fields {
  const event = Object.assign(newFields(), match.event, match.event === undefined ? match.fields : undefined);
  const labels = keyLabels(part, match);
  for (const field of queryKey) {
    const label = labels[field.replace(/\.keyword$/, '')];
    if (label !== undefined && lookup(event, field) === undefined) event[field] = label;
  }
  event['@timestamp'] = isoTime(match.time);
  event[timestampField] = event['@timestamp'];
  event[MATCHED_RULE] = part.name;
  return event;
}

/**
 * Whether an alert of a composite rule lasts: as long as its parts have alerts with its labels, and those that must not
 * match have none since. Undefined: its parts were over before it was told, or it is about something that did not come; then
 * nothing can be said.
 */
export function partsHold(rule: Rule, instance: Instance, instances: Instances): boolean | undefined {
  const { all, any, not } = partsOf(rule.options);
  const wanted = Object.entries(instance.keyLabels);
  const has = (name: string, since = Number.NEGATIVE_INFINITY): boolean => {
    for (const { labels, keyLabels: ofKey, lastAt } of instances.ofRule(name))
      if (lastAt > since && wanted.every(([label, value]) => (ofKey[label] ?? labels[label] ?? value) === value))
        return true;
    return false;
  };
  if (not.some(name => has(name, instance.lastAt))) return false;
  if (all.every(name => has(name)) && (any.length === 0 || any.some(name => has(name)))) return true;
  return not.length === 0 && instance.heldAt > instance.lastAt ? false : undefined;
}
