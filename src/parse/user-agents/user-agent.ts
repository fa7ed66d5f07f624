import { readFileSync } from 'node:fs';
import { TooSlow, tooSlowReason } from '../../base/regexp/bounded-regexp.ts';
import { LimitedRegExp } from '../../base/regexp/limited-regexp.ts';
import { requiredOneOf } from '../../base/regexp/literals.ts';
import { readJava } from '../../base/regexp/read-java.ts';
import { type TextKind, writeAlways } from '../../base/regexp/write-v8.ts';

/** What a `User-Agent` header says; a version is undefined where it says none. */
export interface UserAgent {
  readonly agent: Named;
  readonly system: Named | undefined;
  readonly device: Named;
}

export interface Named {
  readonly name: string;
  readonly version: string | undefined;
}

/** A rule of `rules.json`: where `name` and the parts of the version are not given, they are its groups 1, 2, ... */
export interface RuleText {
  readonly regex: string;
  readonly flag?: string;
  readonly name?: string;
  readonly v1?: string;
  readonly v2?: string;
  readonly v3?: string;
}

/** The rules for the agent, its system and its device. */
export interface RuleLists {
  readonly user_agent: readonly RuleText[];
  readonly os: readonly RuleText[];
  readonly device: readonly RuleText[];
}

/** More of a header is not looked at, and what is longer not remembered. */
const MAX_CHARS = 1000;
/** Access logs repeat few agents: the last ones are remembered. */
const MAX_REMEMBERED = 2000;

/** Tells user agents by rules: those given, or uap-core's. Made once: reading the rules takes some 0.1 s. */
export class UserAgents {
  readonly #agents: RuleList;
  readonly #systems: RuleList;
  readonly #devices: RuleList;
  readonly #remembered = new Map<string, UserAgent>();

  constructor(given?: RuleLists) {
    const lists: RuleLists = given ?? JSON.parse(readFileSync(new URL('./rules.json', import.meta.url), 'utf8'));
    this.#agents = new RuleList(lists.user_agent);
    this.#systems = new RuleList(lists.os);
    this.#devices = new RuleList(lists.device);
  }

  /** Throws where the expression of a rule is no expression. */
  static check({ regex, flag }: RuleText): void {
    writeAlways(readJava(regex, flag).tree, UNITS);
  }

  /** Throws TooSlow where an expression is given up on the text. */
  parse(header: string): UserAgent {
    if (header.length > MAX_CHARS) return this.#tell(header.slice(0, MAX_CHARS));
    let found = this.#remembered.get(header);
    if (found !== undefined) return found;
    found = this.#tell(header);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(header, found);
    return found;
  }

  #tell(text: string): UserAgent {
    return {
      agent: this.#agents.find(text) ?? OTHER,
      system: this.#systems.find(text),
      device: this.#devices.find(text) ?? OTHER,
    };
  }
}

const OTHER: Named = { name: 'Other', version: undefined };

/** A word of which a rule needs one, or that is one of several of which it needs one. */
interface Word {
  readonly text: string;
  readonly rule: number;
}

/** What most agents have. */
const COMMON =
  'mozilla/5.0 (linux; android 1; build/) applewebkit/537.36 (khtml, like gecko) version/4.0 chrome/1.0 mobile safari/537.36';
/** Words are looked up by so many characters at their start. */
const START = 2;

/** Rules of which the first that is found counts. Those of which a text has no word are not tried, which are nearly all. */
class RuleList {
  readonly #rules: readonly RuleText[];
  readonly #tried = new Map<number, Rule>();
  readonly #words = new Map<string, Word[]>();
  /** Rules without such words. */
  readonly #always: number[] = [];

  constructor(rules: readonly RuleText[]) {
    this.#rules = rules;
    for (const [rule, { regex, flag }] of rules.entries()) {
      const words = requiredOneOf(readJava(regex, flag).tree, COMMON) ?? [''];
      if (words.some(text => text.length < START)) this.#always.push(rule);
      else for (const text of words) this.#add({ text, rule });
    }
  }

  find(text: string): Named | undefined {
    for (const number of this.#candidates(text.toLowerCase())) {
      const rule = this.#tried.get(number) ?? new Rule(this.#rules[number]!);
      this.#tried.set(number, rule);
      const found = rule.find(text);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #add(word: Word): void {
    const start = word.text.slice(0, START);
    const words = this.#words.get(start);
    if (words === undefined) this.#words.set(start, [word]);
    else words.push(word);
  }

  #candidates(text: string): number[] {
    const found = new Set(this.#always);
    for (let at = 0; at + START <= text.length; at++) {
      const words = this.#words.get(text.slice(at, at + START));
      if (words === undefined) continue;
      for (const word of words) if (text.startsWith(word.text, at)) found.add(word.rule);
    }
    return [...found].sort((a, b) => a - b);
  }
}

const TIME_LIMIT_MS = 50;
/** Rules name no character outside the basic plane: two units or one character is the same to them. */
const UNITS: TextKind = { max: 0xffff, newlines: true };

class Rule {
  readonly #text: RuleText;
  readonly #expression: LimitedRegExp;
  /** The group that tells a miss; those before are the rule's. */
  readonly #missGroup: number;

  constructor(text: RuleText) {
    this.#text = text;
    const { source, flags, groups } = writeAlways(readJava(text.regex, text.flag).tree, UNITS);
    this.#expression = new LimitedRegExp(source, flags, TIME_LIMIT_MS, true);
    this.#missGroup = groups + 1;
  }

  find(text: string): Named | undefined {
    const match = this.#expression.exec(text);
    if (match === null) throw new TooSlow(tooSlowReason('a rule for user agents', this.#expression.gaveUp));
    if (match[this.#missGroup] !== undefined) return undefined;
    const { name, v1, v2, v3 } = this.#text;
    const groups = match.slice(0, this.#missGroup);
    const named = filled(name, groups) ?? groups[1];
    if (named === undefined) return undefined;
    const version = [v1, v2, v3, undefined].map((part, i) => filled(part, groups) ?? groups[i + 2]);
    return { name: named, version: versionOf(version) };
  }
}

/** A replacement with the groups it names filled in; undefined when there is none. */
function filled(replacement: string | undefined, groups: readonly (string | undefined)[]): string | undefined {
  return replacement?.replace(/\$(\d)/g, (_, group: string) => groups[Number(group)] ?? '').trim();
}

/** The parts up to the first that is missing. */
function versionOf(parts: readonly (string | undefined)[]): string | undefined {
  const missing = parts.indexOf(undefined);
  return missing === 0 ? undefined : parts.slice(0, missing < 0 ? parts.length : missing).join('.');
}
