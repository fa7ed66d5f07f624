/** Lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export const placeText = ({ file, line }: Place): string => `${file}:${line}`;

export interface Param {
  readonly name: string;
  /** As text; variables of the environment as `\u0001NAME\u0002default\u0001`. */
  readonly text: string;
  /** What JSON in it says. */
  readonly json: unknown;
  readonly at: Place;
}

/** `<name argument> ... </name>` */
export interface Directive {
  readonly name: string;
  readonly argument: string;
  readonly params: readonly Param[];
  readonly children: readonly Directive[];
  readonly at: Place;
  /** The comments right above it. */
  readonly comments: readonly string[];
}

export function child(directive: Directive, name: string): Directive | undefined {
  return directive.children.find(one => one.name === name);
}

/** `#{ENV["NAME"]}` as the parser leaves it. */
const VARIABLE = /\u0001([^\u0001\u0002]*)(?:\u0002([^\u0001]*))?\u0001/g;

/** Variables as settings have them: `${NAME:-default}`. */
export function settingText(text: string): string {
  return text.replace(
    VARIABLE,
    (_, name: string, other?: string) => `\${${name}${other === undefined ? '' : `:-${other}`}}`,
  );
}

/** Variables replaced by their values; `missing` hears of those that have none. */
export function expanded(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  missing: (name: string) => void,
): string {
  return text.replace(VARIABLE, (_, name: string, other?: string) => {
    const value = env[name] ?? other;
    if (value === undefined) missing(name);
    return value ?? '';
  });
}
