/**
 * Random scripts in Painless: variables of every type, operators, casts, statements, functions, lambdas, collections. Most can
 * be prepared; what they work out is added to the list `ctx.r` as texts, which tell the types of numbers apart.
 */
export class RandomScript {
  #seed: number;
  #variables: Variable[] = [];
  #names = 0;
  #loops = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  text(): string {
    this.#variables = [];
    this.#names = 0;
    this.#loops = 0;
    const functions = this.#chance(0.4) ? `${this.#function()} ` : '';
    const statements: string[] = ['ctx.r = [];'];
    for (const type of this.#some(TYPES, 4)) statements.push(this.#declaration(type));
    for (let i = this.#upTo(5) + 1; i > 0; i--) statements.push(this.#statement(2));
    for (const { name } of this.#variables) statements.push(`ctx.r.add('' + ${name});`);
    return functions + statements.join(' ');
  }

  #next(): number {
    // mulberry32
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  #upTo(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #chance(of: number): boolean {
    return this.#next() < of;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#upTo(items.length)]!;
  }

  #some<T>(items: readonly T[], count: number): T[] {
    return Array.from({ length: count }, () => this.#pick(items));
  }

  #function(): string {
    const [a, b, returns] = [this.#pick(TYPES), this.#pick(TYPES), this.#pick(TYPES)];
    this.#variables = [
      { name: 'p', type: a },
      { name: 'q', type: b },
    ];
    const body = `return ${this.#expression(returns, 2)};`;
    this.#variables = [];
    this.#own = { params: [a, b], returns };
    return `${returns} own(${a} p, ${b} q) { ${this.#chance(0.3) ? `if (${'q'} == null) { ${body} } ` : ''}${body} }`;
  }
  #own: { params: readonly Type[]; returns: Type } | undefined;

  #declaration(type: Type): string {
    const value = this.#expression(type, 2);
    const name = `v${this.#names++}`;
    this.#variables.push({ name, type });
    return `${type} ${name} = ${value};`;
  }

  #block(depth: number): string {
    const before = this.#variables.length;
    const statements = Array.from({ length: this.#upTo(2) + 1 }, () => this.#statement(depth - 1));
    this.#variables.length = before;
    return `{ ${statements.join(' ')} }`;
  }

  #statement(depth: number): string {
    const kind = depth <= 0 ? this.#upTo(4) : this.#upTo(10);
    const variable = this.#pick(this.#variables);
    switch (kind) {
      case 0:
        return `ctx.r.add('' + (${this.#expression(this.#pick(TYPES), 3)}));`;
      case 1:
        return `${variable.name} = ${this.#expression(variable.type, 2)};`;
      case 2: {
        if (variable.type === 'String') return `${variable.name} += ${this.#expression(this.#pick(TYPES), 1)};`;
        const isWhole = WHOLE.includes(variable.type);
        if (!isWhole && !NUMBERS.includes(variable.type) && variable.type !== 'def')
          return `ctx.r.add('' + ${variable.name});`;
        const operators = isWhole ? [...ARITHMETIC, '&', '|', '^', '<<', '>>', '>>>'] : ARITHMETIC;
        const by = this.#expression(this.#pick(isWhole ? WHOLE : NUMBERS), 1);
        return `${variable.name} ${this.#pick(operators)}= ${by};`;
      }
      case 3: {
        const numbers = this.#variables.filter(({ type }) => NUMBERS.includes(type));
        if (numbers.length === 0) return this.#declaration(this.#pick(TYPES));
        const { name } = this.#pick(numbers);
        return this.#pick([`${name}++;`, `--${name};`, `ctx.r.add('' + ${name}--);`, `ctx.r.add('' + ++${name});`]);
      }
      case 4:
        return `if (${this.#expression('boolean', 2)}) ${this.#block(depth)} else ${this.#block(depth)}`;
      case 5: {
        const name = `i${this.#loops++}`;
        return `for (int ${name} = 0; ${name} < ${this.#upTo(4)}; ${name}++) ${this.#block(depth)}`;
      }
      case 6: {
        const name = `e${this.#loops++}`;
        return `for (def ${name} : ${this.#list(1)}) { ctx.r.add('' + ${name}); ${this.#statement(depth - 1)} }`;
      }
      case 7: {
        const name = `x${this.#loops++}`;
        return `try ${this.#block(depth)} catch (${this.#pick(['Exception', 'ArithmeticException', 'ClassCastException', 'NullPointerException'])} ${name}) { ctx.r.add('caught'); }`;
      }
      case 8:
        return `ctx.r.add('' + ${this.#stream()});`;
      default:
        return `ctx.f${this.#upTo(3)} = ${this.#expression(this.#pick(TYPES), 2)};`;
    }
  }

  #list(depth: number): string {
    return `[${this.#some(TYPES, this.#upTo(3) + 1)
      .map(type => this.#expression(type, depth))
      .join(', ')}]`;
  }

  #stream(): string {
    const list = `[${this.#some(['int', 'int'] as const, 3)
      .map(() => this.#upTo(9))
      .join(', ')}]`;
    return this.#pick([
      `${list}.stream().map(y -> y ${this.#pick(['+', '*', '-'])} ${this.#upTo(5)}).collect(Collectors.toList())`,
      `${list}.stream().filter(y -> y > ${this.#upTo(9)}).count()`,
      `${list}.stream().mapToInt(y -> y).sum()`,
      `${list}.stream().anyMatch(y -> y == ${this.#upTo(9)})`,
      `${list}.stream().map(String::valueOf).collect(Collectors.joining('-'))`,
      `${list}.collect(y -> { int z = y + ${this.#upTo(9)}; return z; })`,
      `${list}.findAll(y -> y % 2 == 0)`,
    ]);
  }

  #expression(type: Type, depth: number): string {
    // A value of another type now and then: both engines are to say no, or both yes.
    const wanted = this.#chance(0.008) ? this.#pick(TYPES) : type;
    const known = this.#variables.filter(variable => variable.type === wanted);
    if (known.length > 0 && this.#chance(0.35)) return this.#pick(known).name;
    if (depth <= 0) return this.#literal(wanted);
    if (this.#own !== undefined && this.#chance(0.08) && this.#own.returns === wanted)
      return `own(${this.#own.params.map(param => this.#expression(param, depth - 1)).join(', ')})`;
    if (this.#chance(0.1)) return this.#choice(wanted, depth);
    switch (wanted) {
      case 'boolean':
        return this.#boolean(depth);
      case 'String':
        return this.#string(depth);
      case 'def':
        return this.#chance(0.5)
          ? this.#expression(this.#pick(TYPES), depth - 1)
          : `(${this.#expression('def', depth - 1)} ${this.#pick(ARITHMETIC)} ${this.#expression(this.#pick(NUMBERS), depth - 1)})`;
      default:
        return this.#number(wanted, depth);
    }
  }

  #choice(type: Type, depth: number): string {
    const [a, b] = [this.#expression(type, depth - 1), this.#expression(type, depth - 1)];
    return `(${this.#expression('boolean', depth - 1)} ? ${a} : ${b})`;
  }

  #number(type: Type, depth: number): string {
    const narrow = type === 'byte' || type === 'short' || type === 'char' || this.#chance(0.25);
    if (narrow) return `((${type}) ${this.#expression(this.#pick(NUMBERS), depth - 1)})`;
    const isWhole = type === 'int' || type === 'long';
    const below = NUMBERS.slice(0, NUMBERS.indexOf(type) + 1);
    const [a, b] = [this.#expression(type, depth - 1), this.#expression(this.#pick(below), depth - 1)];
    if (isWhole && this.#chance(0.3)) {
      if (this.#chance(0.2)) return `(~${a})`;
      return `(${a} ${this.#pick(['&', '|', '^', '<<', '>>', '>>>'])} ${b})`;
    }
    if (this.#chance(0.15)) return `(- ${a})`;
    return `(${a} ${this.#pick(ARITHMETIC)} ${b})`;
  }

  #boolean(depth: number): string {
    switch (this.#upTo(6)) {
      case 0:
        return `!${this.#paren('boolean', depth)}`;
      case 1:
        return `(${this.#expression('boolean', depth - 1)} ${this.#pick(['&&', '||'])} ${this.#expression('boolean', depth - 1)})`;
      case 2:
        return `(${this.#expression('def', depth - 1)} instanceof ${this.#pick(['Integer', 'String', 'Long', 'Double', 'Boolean', 'List', 'Number', 'Map'])})`;
      case 3:
        return `(${this.#expression('def', depth - 1)} ${this.#pick(['==', '!='])} ${this.#expression(this.#pick(TYPES), depth - 1)})`;
      case 4:
        return `${this.#paren('String', depth)}.contains(${this.#literal('String')})`;
      default:
        return `(${this.#expression(this.#pick(NUMBERS), depth - 1)} ${this.#pick(['<', '<=', '>', '>=', '==', '!='])} ${this.#expression(this.#pick(NUMBERS), depth - 1)})`;
    }
  }

  #paren(type: Type, depth: number): string {
    return `(${this.#expression(type, depth - 1)})`;
  }

  #string(depth: number): string {
    const text = this.#paren('String', depth);
    return this.#pick([
      `(${text} + ${this.#expression(this.#pick(TYPES), depth - 1)})`,
      `('' + ${this.#expression(this.#pick(NUMBERS), depth - 1)})`,
      `${text}.toUpperCase()`,
      `${text}.replace('a', 'bb')`,
      `String.valueOf(${this.#expression(this.#pick(NUMBERS), depth - 1)})`,
      `${text}.trim()`,
    ]);
  }

  #literal(type: Type): string {
    switch (type) {
      case 'boolean':
        return this.#pick(['true', 'false']);
      case 'byte':
        return `(byte) ${this.#pick(['1', '5', '-3', '127', '200'])}`;
      case 'short':
        return `(short) ${this.#pick(['2', '-7', '32767', '40000'])}`;
      case 'char':
        return `(char) ${this.#pick(["'a'", "'Z'", '65', '48'])}`;
      case 'int':
        return this.#pick(['0', '1', '2', '3', '7', '-1', '10', '2147483647', '017', '100', '-2', '40']);
      case 'long':
        return this.#pick(['1L', '5L', '77L', '-9L', '9223372036854775807L', '4294967296L']);
      case 'float':
        return this.#pick(['0f', '1.5f', '-2f', '0.1f', '3.4e38f']);
      case 'double':
        return this.#pick(['0.0', '1.0', '2.5', '-0.1', '1e10', '3d', '0.001']);
      case 'String':
        return this.#pick(["''", "'a'", "'banana'", "' x '", "'5'"]);
      default:
        return this.#pick(['1', "'t'", '2.0', '3L', 'true', 'ctx.n', 'ctx.s', 'ctx.d', 'ctx.missing']);
    }
  }
}

interface Variable {
  readonly name: string;
  readonly type: Type;
}

const NUMBERS: readonly Type[] = ['byte', 'short', 'char', 'int', 'long', 'float', 'double'];
const TYPES = ['boolean', 'byte', 'short', 'char', 'int', 'long', 'float', 'double', 'String', 'def'] as const;
type Type = (typeof TYPES)[number];
const WHOLE: readonly Type[] = ['byte', 'short', 'char', 'int', 'long'];
const ARITHMETIC = ['+', '-', '*', '+', '-', '*', '/', '%'];
