const NAME = String.raw`(['"])(\w+)\1`;
const OTHER = String.raw`(['"])((?:(?!\3)[^\\])*)\3`;
const FORMS = [
  new RegExp(String.raw`^ENV\[${NAME}\](?:\.to_s)?$`),
  new RegExp(String.raw`^ENV\[${NAME}\]\s*\|\|\s*${OTHER}$`),
  new RegExp(String.raw`^ENV\.fetch\(${NAME}\)$`),
  new RegExp(String.raw`^ENV\.fetch\(${NAME}\s*,\s*${OTHER}\)$`),
  new RegExp(String.raw`^ENV\.fetch\(${NAME}\)\s*\{\s*${OTHER}\s*\}?$`),
];

/** `#{...}` of a configuration: a variable of the environment, marked as one; undefined for any other Ruby. */
export function embeddedRuby(code: string): string | undefined {
  for (const form of FORMS) {
    const [, , name, , other] = form.exec(code.trim()) ?? [];
    if (name !== undefined) return `\u0001${name}${other === undefined ? '' : `\u0002${other}`}\u0001`;
  }
  return undefined;
}
