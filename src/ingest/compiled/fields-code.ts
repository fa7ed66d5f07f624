import { Unsupported, type Values } from './code.ts';
import { absent, type Facts, met, State } from './facts.ts';

/** Fields that records of Docker have: they are the same for all lines of a stream, and no pipeline changes them here. */
export const STREAM_FIELDS: readonly string[] = ['container_name', 'container_id', 'stream', 'tag', 'image'];
/** Names under which something else than a field is meant, or an object. */
const IS_SPECIAL = /^[_@]|\.|^(?:labels|kubernetes|tags)$/;

/** Code in which the fields of an event are variables, and what is known of them where it is written. */
export class FieldsCode {
  readonly lines: string[] = [];
  /** What is known at the place that is written now. */
  state = new State();
  readonly values: Values;
  readonly names = new Map<string, string>();
  /** Undeclared fields in the order in which events have them. */
  order: string[] = [];
  /** Fields that a processor takes away. */
  protected readonly removed = new Set<string>();
  /** No processor sets the message. */
  isMessageKept = true;
  #isLevelKept = true;
  readonly #isDeclared: (key: string) => boolean;

  constructor(values: Values, isDeclared: (key: string) => boolean) {
    this.values = values;
    this.#isDeclared = isDeclared;
    const message = { ...absent(this.nameOf('message')), absent: false, text: true, words: undefined };
    this.state.fields.set('message', { ...message, keyed: 'yes' });
    for (const key of STREAM_FIELDS) {
      const facts = { ...absent(this.nameOf(key)), text: true, isPart: false, words: undefined };
      this.state.fields.set(key, { ...facts, keyed: 'yes' });
    }
    // The record's own, which is looked at again when all is done.
    const level = { ...absent(this.nameOf('level')), text: true, isPart: false };
    this.state.fields.set('level', { ...level, keyed: 'yes' });
  }

  /** Nothing has been set: the event is as it came, if no time has been found. */
  get isUntouched(): boolean {
    if (!this.isMessageKept || !this.#isLevelKept) return false;
    for (const [key, { keyed }] of this.state.fields)
      if (keyed !== 'no' && key !== 'message' && key !== 'level' && !STREAM_FIELDS.includes(key)) return false;
    return true;
  }

  protected setTo(key: string, code: string, facts: Facts, override: boolean, state: State): void {
    const { name } = this.toWrite(state, key);
    if (override) {
      this.assign(state, key, { ...facts, name }, false);
      this.lines.push(`${name} = ${code};`);
      return;
    }
    const without = state.copy();
    this.lines.push(`if (${name} === undefined) {`);
    this.assign(state, key, { ...facts, name }, false);
    this.lines.push(`${name} = ${code};`, '}');
    state.meet(without);
  }

  /** The field gets a value that may be absent: then it keeps the one that it had. */
  protected assign(state: State, key: string, facts: Facts, keepsOld: boolean): void {
    if (key === 'message') this.isMessageKept = false;
    if (key === 'level') this.#isLevelKept = false;
    const before = state.fields.get(key) ?? absent(facts.name);
    const isKeyed = before.keyed === 'yes' || !(keepsOld && facts.absent);
    if (!this.#isDeclared(key) && before.keyed !== 'yes') this.place(state, key, before);
    const keyed = isKeyed ? 'yes' : 'maybe';
    const after = keepsOld && facts.absent ? met(before, { ...facts, absent: false }) : facts;
    state.fields.set(key, { ...after, name: facts.name, keyed });
  }

  /** The place of an undeclared field among the others; where another one may stand before it already, that is looked at. */
  protected place(state: State, key: string, before: Facts): void {
    const at = this.order.indexOf(key);
    const isThere = (other: string): boolean => (state.fields.get(other)?.keyed ?? 'no') !== 'no';
    if (at < 0) {
      let last = -1;
      this.order.forEach((other, i) => {
        if (isThere(other)) last = i;
      });
      this.order.splice(last + 1, 0, key);
      return;
    }
    const behind = this.order.slice(at + 1).filter(isThere);
    if (behind.length === 0) return;
    // A field that was taken away has its place still.
    const mayBeNone = behind.every(other => state.fields.get(other)!.absent && !this.removed.has(other));
    if (!mayBeNone) {
      if (before.keyed === 'no') throw new Unsupported(`the place of ${key} among the fields is not always the same`);
      if (before.absent) this.lines.push(`if (${before.name} === undefined) return -1;`);
      return;
    }
    const areThere = behind.map(other => `${state.fields.get(other)!.name} !== undefined`).join(' || ');
    if (before.absent) this.lines.push(`if (${before.name} === undefined && (${areThere})) return -1;`);
  }

  protected read(state: State, key: string): Facts {
    if (IS_SPECIAL.test(key)) throw new Unsupported(`${key} is no plain field`);
    return state.fields.get(key) ?? absent(this.nameOf(key));
  }

  protected toWrite(state: State, key: string): Facts {
    if (STREAM_FIELDS.includes(key)) throw new Unsupported(`${key} is changed`);
    if (key === 'level') this.#isLevelKept = false;
    return this.read(state, key);
  }

  protected wantText(facts: Facts): void {
    if (facts.absent || facts.number || facts.boxed)
      this.lines.push(`if (typeof ${facts.name} !== 'string') return -1;`);
  }

  protected nameOf(key: string): string {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `f${this.names.size}`;
    this.names.set(key, name);
    return name;
  }
}
