import { queryKeyOf } from '../../../src/alerts/document.ts';
import type { Rule } from '../../../src/alerts/rules/rule.ts';
import { alertSettings } from '../../../src/alerts/settings.ts';
import type { Match, RuleWindow, WindowLimits } from '../../../src/alerts/types/kind.ts';
import { event, rule, START } from '../support.ts';

/** The rule of a type, with `name`, `index` and `alert` added. */
export const ruleOf = (text: string): Rule => rule(`name: case\nindex: docker-logs-*\nalert: debug\n${text}`);

/** A window that is told of events and ticks at seconds after `START`. */
export class Driven {
  readonly rule: Rule;
  readonly window: RuleWindow;
  readonly #limits: WindowLimits;
  #events = 0;

  constructor(text: string | Rule, limits: Partial<WindowLimits> = {}) {
    this.rule = typeof text === 'string' ? ruleOf(text) : text;
    this.#limits = { ...alertSettings(), ...limits };
    this.window = this.rule.kind.open(this.rule, this.#limits);
  }

  /** An event at this second. */
  add(second: number, fields: Record<string, unknown> = {}): readonly Match[] {
    const time = START + Math.round(second * 1000);
    const document = event(time, fields);
    const key = queryKeyOf(this.rule, document);
    const found = this.window.add({ id: `e${this.#events++}`, time, key, event: document });
    return found === undefined ? [] : [found].flat();
  }

  tick(second: number): Match[] {
    return this.window.tick(START + Math.round(second * 1000));
  }

  holds(key: unknown, second: number): boolean | undefined {
    return this.window.holds?.(key, START + Math.round(second * 1000));
  }

  /** The same window after a restart. */
  again(): Driven {
    const next = new Driven(this.rule, this.#limits);
    next.#events = this.#events;
    next.window.restore(JSON.parse(JSON.stringify(this.window.save())));
    return next;
  }
}
