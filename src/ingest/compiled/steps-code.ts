import { shortWhole } from '../../base/text/exact.ts';
import type { Block, Step } from '../../parse/block.ts';
import type { Grok } from '../../parse/grok/grok.ts';
import type { Expression } from '../../parse/painless/ast.ts';
import { fieldOf } from '../../parse/painless/condition.ts';
import type { ConditionPlan, StepPlan } from '../../parse/plan.ts';
import type { Failure } from '../../parse/run-state.ts';
import { Unsupported, type Values } from './code.ts';
import { conditionCode } from './condition-code.ts';
import { absent, type Facts, type State } from './facts.ts';
import { FieldsCode } from './fields-code.ts';

/** What is written behind the processors: for an event whose processor failed, or for one that all of them went through. */
export type Finish = (failure?: Failure) => void;

const MAX_DEPTH = 5;
/** Processors whose failures are written down, too. */
const MAX_ENDINGS = 2;
const MAX_SPLITS = 3;
/** Years 0000 to 9999. */
const MIN_MS = -62_167_219_200_000;
const MAX_MS = 253_402_300_799_999;

/** The time that a pipeline has found. */
export const TIME = 'T';

/**
 * The code of a pipeline's processors. Fields are variables; `return -1` where something is unusual: the event is run as
 * before, then, and nothing has been done. What is known of the fields behind it stands in `state`.
 */
export class StepsCode extends FieldsCode {
  #depth = 0;
  #splits = 0;
  #count = 0;
  #endings = 0;
  /** Of pipelines that are called here, whose failures are handled or ignored. */
  #caught = 0;
  #finish: Finish = () => {};
  readonly #find: (pipeline: string) => Block | undefined;

  constructor(values: Values, isDeclared: (key: string) => boolean, find: (pipeline: string) => Block | undefined) {
    super(values, isDeclared);
    this.#find = find;
  }

  /**
   * The processors, and behind them what `finish` writes; it also writes what becomes of an event whose processor fails. Where another pipeline is called for some of the events, the rest is
   * written twice: for these, and for the others.
   */
  pipeline(steps: Block, finish: Finish, from = 0): void {
    this.#finish = finish;
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!;
      const { conditionPlan: condition } = step;
      const isSplit = step.plan?.kind === 'pipeline' && condition !== undefined && this.#splits < MAX_SPLITS;
      if (isSplit) this.#split(step, condition, () => this.pipeline(steps, finish, i + 1));
      else this.#step(step, this.state);
    }
    finish();
  }

  #split(step: Step, condition: ConditionPlan, rest: () => void): void {
    this.#splits++;
    if (condition === 'unknown' || condition === undefined) throw new Unsupported('a condition that can only be run');
    const { state, order, isMessageKept } = this;
    this.lines.push(`t = ${conditionCode(condition, key => this.read(state, key), this.values)};`);
    this.lines.push('if (B !== 0) return -1;', 'if (t) {');
    const start = this.lines.length;
    this.state = state.copy();
    this.order = [...order];
    try {
      this.#body(step, this.state);
      rest();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.lines.length = start;
      this.lines.push('return -1;');
    }
    this.lines.push('}');
    this.state = state;
    this.order = order;
    this.isMessageKept = isMessageKept;
  }

  #block(steps: Block, state: State): void {
    for (const step of steps) this.#step(step, state);
  }

  #step(step: Step, state: State): void {
    const { conditionPlan: condition } = step;
    if (condition === 'unknown') throw new Unsupported(`${step.type}: its condition has more than one expression`);
    if (condition === undefined) {
      this.#body(step, state);
      return;
    }
    const test = conditionCode(condition, key => this.read(state, key), this.values);
    const inner = state.copy();
    this.lines.push(`t = ${test};`, 'if (B !== 0) return -1;', 'if (t) {');
    const start = this.lines.length;
    try {
      this.#body(step, inner);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.lines.length = start;
      this.lines.push('return -1;', '}');
      const missing = absentWithout(condition);
      const facts = missing === undefined ? undefined : state.fields.get(missing);
      if (facts !== undefined) state.fields.set(missing!, { ...absent(facts.name), keyed: facts.keyed });
      return;
    }
    this.lines.push('}');
    state.meet(inner);
  }

  #body(step: Step, state: State): void {
    const { plan } = step;
    if (plan === undefined) throw new Unsupported(`${step.type} can only be run`);
    switch (plan.kind) {
      case 'grok':
        this.#grok(plan, step, state);
        break;
      case 'date':
        this.#date(plan, state);
        break;
      case 'remove':
        for (const key of plan.fields) this.#remove(key, plan.ignoreMissing, state);
        break;
      case 'convert':
        this.#convert(plan, state);
        break;
      case 'text':
        this.#text(plan, state);
        break;
      case 'set':
        this.setTo(plan.field, this.values.of(plan.value), constant(plan.value), plan.override, state);
        break;
      case 'copy': {
        const from = this.read(state, plan.from);
        if (!plan.override) throw new Unsupported('set without override');
        if (from.absent) this.lines.push(`if (${from.name} === undefined) return -1;`);
        this.#noteOther(from);
        this.setTo(plan.field, from.name, { ...from, absent: false }, true, state);
        break;
      }
      case 'rename':
        this.#rename(plan, state);
        break;
      case 'automatic':
        throw new Unsupported('what a line is decides what it becomes');
      case 'pipeline':
        if (step.ignoreFailure || step.onFailure !== undefined) this.#caught++;
        try {
          this.#call(plan.name, state);
        } finally {
          if (step.ignoreFailure || step.onFailure !== undefined) this.#caught--;
        }
        break;
    }
  }

  /** A text comes into a field that is no part of the line. */
  #noteOther({ isPart, words }: Facts): void {
    if (!isPart && words === undefined) this.lines.push('C = 1;');
  }

  #call(name: string, state: State): void {
    const steps = this.#find(name);
    if (steps === undefined || this.#depth >= MAX_DEPTH) throw new Unsupported(`the pipeline ${name} can only be run`);
    this.#depth++;
    try {
      this.#block(steps, state);
    } finally {
      this.#depth--;
    }
  }

  /** What becomes of an event whose step fails, if that is known. */
  #failure(step: Step, message: string, state: State): void {
    if (this.#caught > 0 || step.ignoreFailure || step.onFailure !== undefined) return;
    if (this.#endings >= MAX_ENDINGS) return;
    const { type: processor, pipeline, tag, eventTag } = step;
    const before = this.state;
    const start = this.lines.length;
    this.state = state.copy();
    try {
      this.#finish({ message, processor, pipeline, tag, eventTag, isMismatch: true });
      this.#endings++;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.lines.length = start;
    }
    this.state = before;
  }

  #grok(plan: Extract<StepPlan, { kind: 'grok' }>, step: Step, state: State): void {
    const { field, grok } = plan;
    const isOptional = step.ignoreFailure && step.onFailure === undefined;
    const from = this.read(state, field);
    const g = this.values.of(grok);
    this.wantText(from);
    const id = this.#count++;
    this.lines.push(`w = ${g}.search(${from.name});`);
    if (isOptional) this.lines.push('if (w < -1) return -1;');
    else {
      this.lines.push('if (w < 0) {', 'if (w < -1) return -1;');
      this.#failure(step, plan.mismatch, state);
      this.lines.push('return -1;', '}');
    }
    this.lines.push(`m = ${g}.found; n = ${g}.groups;`);
    const missed = isOptional ? state.copy() : undefined;
    const ways: State[] = [];
    grok.plansOf.forEach((plans, pattern) => {
      const way = state.copy();
      const start = this.lines.length;
      this.lines.push(`${pattern === 0 ? '' : 'else '}if (w === ${pattern}) {`);
      try {
        this.#captures(plans, from, way, `${id}_${pattern}`);
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        this.lines.length = start;
        this.lines.push(`${pattern === 0 ? '' : 'else '}if (w === ${pattern}) return -1;`);
        if (grok.plansOf.length === 1) throw error;
        return;
      }
      way.matched = 'yes';
      if (this.lines.length > start) this.lines.push('M = 1; }');
      ways.push(way);
    });
    if (missed !== undefined) ways.push(missed);
    const [first, ...others] = ways;
    if (first === undefined) throw new Unsupported('grok');
    for (const other of others) first.meet(other);
    state.become(first);
  }

  #captures(plans: Grok['plansOf'][number], from: Facts, state: State, id: string): void {
    let group = 0;
    const assigned: [string, string, Facts][] = [];
    plans.forEach((plan, i) => {
      if (plan.path.length !== 1) throw new Unsupported('grok sets fields in objects');
      const v = `v${id}_${i}`;
      const [conversion] = plan.conversions;
      this.lines.push(`let ${v} = m[n[${group++}]];`);
      for (let more = 1; more < plan.groups.length; more++) {
        if (plan.conversions[more] !== conversion) throw new Unsupported('grok with several types of one field');
        const other = `m[n[${group++}]]`;
        this.lines.push(`if (${other} !== undefined) { if (${v} !== undefined) return -1; ${v} = ${other}; }`);
      }
      if (conversion !== undefined) {
        const c = this.values.of(conversion);
        this.lines.push(`if (${v} !== undefined) { ${v} = ${c}(${v}); if (${v} === undefined) return -1; C = 1; }`);
      }
      const facts: Facts = {
        ...absent(v),
        ...(conversion === undefined ? { text: true } : { number: true, boxed: true, text: true }),
        ...{ isPart: from.isPart && conversion === undefined, words: undefined },
      };
      assigned.push([plan.key, v, facts]);
    });
    for (const [key, v, facts] of assigned) {
      const { name, keyed } = this.toWrite(state, key);
      const before = state.fields.get(key);
      this.assign(state, key, { ...facts, name }, true);
      if (before === undefined || keyed === 'no') this.lines.push(`${name} = ${v};`);
      else this.lines.push(`if (${v} !== undefined) ${name} = ${v};`);
    }
  }

  #date({ field, parsers, zone, ignoreMissing }: Extract<StepPlan, { kind: 'date' }>, state: State): void {
    const from = this.read(state, field);
    if (ignoreMissing && from.absent) this.lines.push(`if (${from.name} !== undefined) {`);
    this.wantText(ignoreMissing ? { ...from, absent: false } : from);
    const z = this.values.of(zone);
    parsers.forEach((parser, i) => {
      const read = `x = ${this.values.of(parser)}(${from.name}, meta.receivedAt, ${z});`;
      this.lines.push(i === 0 ? read : `if (!(x >= ${MIN_MS} && x <= ${MAX_MS})) ${read}`);
    });
    this.lines.push(`if (!(x >= ${MIN_MS} && x <= ${MAX_MS})) return -1;`, `${TIME} = x;`);
    if (ignoreMissing && from.absent) this.lines.push('}');
  }

  #remove(key: string, ignoreMissing: boolean, state: State): void {
    const facts = state.fields.get(key);
    if (facts === undefined) {
      if (!ignoreMissing) throw new Unsupported('remove of what is never there');
      return;
    }
    this.toWrite(state, key);
    if (key === 'message') throw new Unsupported('the message is removed');
    if (facts.absent && !ignoreMissing) this.lines.push(`if (${facts.name} === undefined) return -1;`);
    this.lines.push(`${facts.name} = undefined;`);
    this.removed.add(key);
    state.fields.set(key, { ...absent(facts.name), keyed: facts.keyed });
  }

  #convert(plan: Extract<StepPlan, { kind: 'convert' }>, state: State): void {
    const from = this.read(state, plan.field);
    this.#unlessAbsent(
      from,
      plan.ignoreMissing,
      () => {
        const change = this.values.of(plan.change);
        const short = plan.mostDigits > 0 && from.text && !from.number;
        if (short) {
          this.lines.push(`x = ${this.values.of(shortWhole)}(${from.name}, ${plan.mostDigits});`);
          this.lines.push(
            `if (x < 0) { x = plainValue(${change}(${from.name})); if (typeof x !== 'number') return -1; }`,
          );
        } else this.lines.push(`x = ${change}(${from.name}); if (x === undefined) return -1; C = 1;`);
        const facts = { ...absent('x'), absent: false, number: true, boxed: !short, text: plan.mostDigits === 0 };
        this.setTo(plan.target, 'x', { ...facts, isPart: false, words: undefined }, true, state);
      },
      state,
    );
  }

  #text(plan: Extract<StepPlan, { kind: 'text' }>, state: State): void {
    const from = this.read(state, plan.field);
    this.#unlessAbsent(
      from,
      plan.ignoreMissing,
      () => {
        this.wantText({ ...from, absent: false });
        this.lines.push(`x = ${this.values.of(plan.change)}(${from.name});`);
        const { makesNumbers } = plan;
        const facts = { ...absent('x'), absent: false, number: makesNumbers, boxed: makesNumbers, text: !makesNumbers };
        if (!makesNumbers) this.lines.push('C = 1;');
        this.setTo(plan.target, 'x', { ...facts, isPart: false, words: undefined }, true, state);
      },
      state,
    );
  }

  #rename(plan: Extract<StepPlan, { kind: 'rename' }>, state: State): void {
    const from = this.read(state, plan.field);
    this.#unlessAbsent(
      from,
      plan.ignoreMissing,
      () => {
        const to = this.toWrite(state, plan.target);
        this.lines.push(`if (${to.name} !== undefined) return -1;`);
        this.#noteOther(from);
        this.setTo(plan.target, from.name, { ...from, absent: false }, true, state);
        this.#remove(plan.field, true, state);
      },
      state,
    );
  }

  /** Code for a field that is there; where it is not, nothing happens or, `ignoreMissing` false, everything as before. */
  #unlessAbsent(from: Facts, ignoreMissing: boolean, inner: () => void, state: State): void {
    if (!from.absent || !ignoreMissing) {
      if (from.absent) this.lines.push(`if (${from.name} === undefined) return -1;`);
      inner();
      return;
    }
    const without = state.copy();
    this.lines.push(`if (${from.name} !== undefined) {`);
    inner();
    this.lines.push('}');
    state.meet(without);
  }
}

/** The field that is not there when a condition does not hold: `ctx.behind != null`. */
function absentWithout(condition: Expression): string | undefined {
  if (condition.type !== 'binary' || condition.operator !== '!=' || condition.right.type !== 'null') return undefined;
  return fieldOf(condition.left);
}

function constant(value: string | number): Facts {
  const isText = typeof value === 'string';
  return {
    ...{ name: '', absent: false, text: isText, number: !isText, boxed: false },
    ...{ isPart: false, words: isText ? new Set([value]) : new Set<string>(), keyed: 'yes' },
  };
}
