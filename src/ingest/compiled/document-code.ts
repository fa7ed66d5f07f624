import { hideSecrets } from '../../base/secrets/secrets.ts';
import type { DocumentForm } from '../../core/contracts.ts';
import { LEVELS } from '../../core/event.ts';
import { DECLARED_FIELDS } from '../../core/schema/fields.ts';
import { countFailure, reasonOf } from '../../parse/failure-mark.ts';
import type { Failure } from '../../parse/run-state.ts';
import { jsonOf } from '../../schema/json.ts';
import type { KeyInfo } from '../../schema/names.ts';
import { constantBytes, Unsupported, type Values } from './code.ts';
import type { Facts } from './facts.ts';
import { type FieldsCode, STREAM_FIELDS } from './fields-code.ts';

export interface DocumentRules {
  readonly form: DocumentForm;
  readonly hidesSecrets: boolean;
  /** Characters of a keyword that are never too many. */
  readonly shortKeyword: number;
  infoOf(key: string): KeyInfo;
}

/** Of texts that are no part of the line. */
export const MAX_OTHER_CHARS = 1024;

const LEVEL_WORDS: ReadonlySet<string> = new Set(LEVELS);

/** The code that brings the fields into the schema and writes the document, as `createConform` and `writeDocument` do. `failure`: the one that the event is marked with. */
export function documentCode(
  steps: FieldsCode,
  rules: DocumentRules,
  values: Values,
  failure: Failure | undefined,
): string[] {
  const code = new DocumentCode(steps, rules, values, failure);
  return code.lines;
}

class DocumentCode {
  readonly lines: string[] = [];
  readonly #steps: FieldsCode;
  readonly #rules: DocumentRules;
  readonly #values: Values;
  readonly #failure: Failure | undefined;
  /** The message is the line. */
  readonly #isLine: boolean;

  constructor(steps: FieldsCode, rules: DocumentRules, values: Values, failure: Failure | undefined) {
    this.#failure = failure;
    if (failure !== undefined && ['tags', 'pipeline_error'].some(key => this.#isEver(steps, key)))
      throw new Unsupported('fields that tell of failures are set');
    this.#steps = steps;
    this.#rules = rules;
    this.#values = values;
    const message = this.#facts('message')!;
    if (message.absent || !message.text || message.number || message.boxed)
      throw new Unsupported('the message is not always a text');
    this.#isLine = steps.isMessageKept;
    this.#plainNumbers();
    this.#checkKeys();
    this.#secrets(message);
    this.#mapAddress();
    this.#time(message);
    this.#level(message);
    this.#write(message);
  }

  #isEver(steps: FieldsCode, key: string): boolean {
    return (steps.state.fields.get(key)?.keyed ?? 'no') !== 'no';
  }

  #facts(key: string): Facts | undefined {
    const facts = this.#steps.state.fields.get(key);
    return facts === undefined || (facts.absent && !facts.text && !facts.number && !facts.boxed) ? undefined : facts;
  }

  #push(...lines: string[]): void {
    this.lines.push(...lines);
  }

  #plainNumbers(): void {
    for (const key of this.#steps.state.fields.keys()) {
      const facts = this.#facts(key);
      if (facts?.boxed !== true) continue;
      const { name } = facts;
      this.#push(`if (typeof ${name} === 'bigint' || typeof ${name} === 'object') ${name} = plainNumber(${name});`);
    }
  }

  /** Fields whose names the schema knows: what it does with most of them is done as before. */
  #checkKeys(): void {
    for (const key of this.#steps.state.fields.keys()) {
      const facts = this.#facts(key);
      if (facts === undefined || STREAM_FIELDS.includes(key)) continue;
      const info = this.#rules.infoOf(key);
      const isMapped = info.rows?.some(({ isLiteral, mapping }) => isLiteral && mapping.to !== 'ip_address') === true;
      const isOther = info.kind === 'rename' || info.kind === 'object' || info.kind === 'time';
      const isSecret = this.#rules.hidesSecrets && info.secret.isSecret;
      if (key !== 'message' && (isMapped || isOther || isSecret || info.isTime)) {
        if (!facts.absent) throw new Unsupported(`${key} has a meaning of its own`);
        this.#push(`if (${facts.name} !== undefined) return -1;`);
      }
      if (facts.text && !facts.isPart && facts.words === undefined)
        this.#push(`if (typeof ${facts.name} === 'string' && ${facts.name}.length > ${MAX_OTHER_CHARS}) return -1;`);
      if (info.kind === 'keyword' && key !== 'level') {
        const isBad = `typeof ${facts.name} !== 'string' || ${facts.name} === '' || ${facts.name}.length > ${this.#rules.shortKeyword}`;
        this.#push(`if (${facts.absent ? `${facts.name} !== undefined && ` : ''}(${isBad})) return -1;`);
      }
      if (info.kind === 'number')
        this.#push(
          `if (typeof ${facts.name} === 'string') { ${facts.name} = milliseconds(${facts.name}, 'ms'); if (${facts.name} === undefined) return -1; }`,
        );
    }
  }

  #secrets(message: Facts): void {
    if (!this.#rules.hidesSecrets) return;
    this.#push(`if (hideSecrets(${message.name}) !== ${message.name}) return -1;`);
    for (const key of this.#steps.order) {
      const facts = this.#facts(key);
      if (facts === undefined || !facts.text || (facts.isPart && this.#isLine)) continue;
      if (facts.words === undefined)
        this.#push(
          `if (${this.#isLine ? 'C !== 0 && ' : ''}typeof ${facts.name} === 'string' && ${facts.name}.length >= 8 && hideSecrets(${facts.name}) !== ${facts.name}) return -1;`,
        );
      else if ([...facts.words].some(word => hideSecrets(word) !== word)) throw new Unsupported('a constant secret');
    }
  }

  /** The client's address under the names that pipelines have for it; the field stays. */
  #mapAddress(): void {
    const rows = [...this.#steps.state.fields.keys()].flatMap(key => {
      const facts = this.#facts(key);
      if (facts === undefined) return [];
      return (this.#rules.infoOf(key).rows ?? [])
        .filter(({ isLiteral, mapping }) => isLiteral && mapping.to === 'ip_address')
        .map(({ rank }) => ({ rank, facts }));
    });
    if (rows.length === 0) return;
    const ip = this.#facts('ip_address')?.name ?? 'ip';
    for (const { facts } of rows.sort((a, b) => a.rank - b.rank))
      this.#push(
        `if (${ip} === undefined && typeof ${facts.name} === 'string' && isAddress(${facts.name})) ${ip} = ${facts.name};`,
      );
  }

  #time(message: Facts): void {
    const found = `T === undefined ? stream.time : T`;
    this.#push(`const time = eventTime.ofLine(${found}, ${message.name}, meta);`, 'if (time !== time) return -1;');
  }

  #level(message: Facts): void {
    const level = this.#facts('level')!;
    const derived = `stream.mappedLevel ?? levelWithout(${this.#name('verb')}, ${this.#name('response')}, ${message.name})`;
    this.#push(`let level = ${level.name};`);
    if (level.absent) this.#push(`if (level === undefined) level = ${derived}; else`);
    // The record's own may be one of many words.
    this.#push('if (level === stream.rawLevel) level = stream.ownLevel;');
    if (level.words !== undefined && [...level.words].every(word => LEVEL_WORDS.has(word)) && !level.number) return;
    this.#push(
      "else { if (typeof level !== 'string' || isLossy(level)) return -1; level = levelOf(level); if (level === undefined) return -1; }",
    );
  }

  #name(key: string): string {
    return this.#facts(key)?.name ?? 'undefined';
  }

  #write(message: Facts): void {
    const isEmbedded = this.#rules.form === 'embedded';
    this.#constant(isEmbedded ? '{"_id":"' : '{"create":{"_id":"');
    this.#push('p = putId(b, p, idBase, index);');
    this.#constant(isEmbedded ? '","seq":' : '"}}\n{"seq":');
    this.#push('p = putCounter(b, p, seq);');
    this.#constant(',"@timestamp":"');
    this.#push('p = putTime(b, p, time);');
    this.#constant('","level":"');
    this.#push('p = putAscii(b, p, level);', 'b[p++] = 34;');
    const service = this.#facts('service');
    if (service === undefined) this.#push('p = putBytes(b, p, stream.service);');
    else {
      if (service.absent) this.#push(`if (${service.name} === undefined) p = putBytes(b, p, stream.service); else {`);
      this.#member('service', service);
      if (service.absent) this.#push('}');
    }
    this.#push('p = putBytes(b, p, stream.container);');
    this.#constant(',"message":');
    this.#push(`p = putLong(b, p, ${message.name});`);
    this.#declared('user_id');
    this.#declared('ip_address');
    this.#declared('response_time');
    this.#push('p = putBytes(b, p, stream.tail);');
    this.#declared('hostname');
    this.#declared('trace_id');
    this.#push('const varied = stream.varied;');
    this.#push('if (varied !== undefined) p = varied.put(b, p, varied.objects);');
    this.#push('else if (stream.objects.length > 0) p = putBytes(b, p, stream.objects);');
    if (isEmbedded) {
      this.#push('const rest = p;');
      this.#constant(',"fields":{');
      this.#push('const first = p;');
    }
    this.#push('if (varied !== undefined) p = varied.put(b, p, varied.rest);');
    this.#push('else if (stream.rest.length > 0) p = putBytes(b, p, stream.rest);');
    for (const key of this.#steps.order) {
      const facts = this.#facts(key);
      if (facts !== undefined) this.#field(key, facts, isEmbedded);
    }
    if (this.#failure !== undefined) this.#mark(this.#failure, isEmbedded);
    // Behind each field stands a comma: the last one is written over.
    if (isEmbedded) this.#push('if (p === first) p = rest; else b[p - 1] = 125;');
    this.#push('b[p++] = 125; b[p++] = 10;', 'result.time = time; result.level = level;');
    const own = service === undefined ? '' : `${service.name} ?? `;
    this.#push(`result.service = ${own}stream.serviceName;`);
    this.#push('if (result.wantsFields && (result.wantedLevels === undefined || result.wantedLevels.has(level))) {');
    this.#event();
    this.#push('}', 'return p;');
  }

  /** As `mark` does it. */
  #mark(failure: Failure, isBehind: boolean): void {
    const reason = reasonOf(failure);
    if (this.#rules.hidesSecrets && [reason, failure.eventTag].some(text => hideSecrets(text) !== text))
      throw new Unsupported('a secret in the reason of a failure');
    const members = `"tags":[${jsonOf(failure.eventTag)}],"pipeline_error":${jsonOf(reason)}`;
    this.#constant(isBehind ? `${members},` : `,${members}`);
    this.#push(`${this.#values.of(() => countFailure(failure))}();`);
  }

  /** The event as `createConform` gives it. */
  #event(): void {
    const put = (key: string, value: string): void => this.#push(`e[${this.#values.of(key)}] = ${value};`);
    this.#push('const e = newFields();');
    this.#push('if (stream.others !== undefined) Object.assign(e, copyFields(stream.others));');
    put('message', this.#facts('message')!.name);
    for (const key of STREAM_FIELDS) {
      const { name } = this.#facts(key)!;
      this.#push(`if (${name} !== undefined)`);
      put(key, name);
    }
    const others = ['user_id', 'ip_address', 'response_time', 'hostname', 'trace_id'];
    for (const key of [...this.#steps.order, ...others]) {
      const name = this.#facts(key)?.name ?? (key === 'ip_address' ? 'ip' : undefined);
      if (name === undefined) continue;
      this.#push(`if (${name} !== undefined)`);
      put(key, name);
    }
    if (this.#failure !== undefined) {
      put('tags', `[${this.#values.of(this.#failure.eventTag)}]`);
      put('pipeline_error', this.#values.of(reasonOf(this.#failure)));
    }
    put('@timestamp', 'isoTime(time)');
    put('level', 'level');
    put('service', 'result.service');
    this.#push('result.fields = e;');
  }

  #declared(key: string): void {
    const facts = this.#facts(key) ?? (key === 'ip_address' ? { ...NO_FACTS, name: 'ip' } : undefined);
    if (facts !== undefined) this.#field(key, facts, false);
  }

  #field(key: string, facts: Facts, isComma: boolean): void {
    if (facts.absent) this.#push(`if (${facts.name} !== undefined) {`);
    this.#member(key, facts, isComma);
    if (facts.absent) this.#push('}');
  }

  #member(key: string, facts: Facts, isBehind = false): void {
    this.#constant(`${isBehind ? '' : ','}${JSON.stringify(key)}:`);
    const isNumber = facts.number && !facts.text && !facts.boxed;
    const isText = facts.text && !facts.number && !facts.boxed;
    const put = isText ? 'putText' : isNumber ? 'putNumber' : 'putValue';
    this.#push(`p = ${put}(b, p, ${facts.name});`);
    if (isBehind) this.#push('b[p++] = 44;');
  }

  #constant(text: string): void {
    this.#push(constantBytes(text, this.#values));
  }
}

const NO_FACTS: Facts = {
  ...{ name: '', absent: true, text: true, number: false, boxed: false },
  ...{ isPart: true, words: undefined, keyed: 'yes' },
};

export const isDeclared = (key: string): boolean => Object.hasOwn(DECLARED_FIELDS, key);
