import { messageOf } from '../../core/errors.ts';
import { type Fields, isFields, newFields } from '../../core/event.ts';
import { compileTemplate, type JinjaTemplate } from '../jinja/template.ts';
import { pythonStr } from '../python/str.ts';
import { headersOf } from './address.ts';
import { jsonFields, templateText } from './json-template.ts';

/** Headers of one message. */
export interface FilledHeaders {
  /** Filled from the match. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names of fixed ones that belong to it: their values are secrets more often than not. */
  readonly fixedHeaders: readonly string[];
  /** Why only the fixed ones are there; undefined when all are. */
  readonly failure: string | undefined;
}

/** Headers as a Jinja template: a mapping, or the text of one in JSON. */
export class HeaderTemplates {
  readonly #template: JinjaTemplate;
  /** Headers without anything to fill in, by the names that they have when sent. */
  readonly fixed: Readonly<Record<string, string>>;

  /** Throws TemplateError when the template cannot be read. */
  constructor(option: unknown) {
    this.#template = compileTemplate(templateText(option));
    this.fixed = headersOf(fixedOf(option));
  }

  /** Never throws: a template that fails leaves the fixed headers. */
  fill(values: Fields): FilledHeaders {
    const all = Object.keys(this.fixed);
    let text: string;
    try {
      text = this.#template(values);
    } catch (error) {
      const failure = `could not be rendered: ${messageOf(error)}`;
      return { headers: {}, fixedHeaders: all, failure };
    }
    const filled = jsonFields(text);
    if (filled === undefined) return { headers: {}, fixedHeaders: all, failure: 'gives no JSON object' };
    const headers = headersOf(filled);
    const fixedHeaders = all.filter(name => headers[name] === this.fixed[name]);
    for (const name of fixedHeaders) delete headers[name];
    return { headers, fixedHeaders, failure: undefined };
  }

  /** The fixed headers of these names, as they are now. */
  ofNames(names: readonly string[] = []): Record<string, string> {
    return Object.fromEntries(Object.entries(this.fixed).filter(([name]) => names.includes(name)));
  }
}

const MARKS = /\{[{%#]/;

function fixedOf(option: unknown): Fields {
  const fixed = newFields();
  const pairs: [string, unknown][] = isFields(option)
    ? Object.entries(option)
    : [...pythonStr(option ?? '').matchAll(/"((?:[^"\\]|\\.)+)"\s*:\s*("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [
        name!,
        jsonFields(`{"value":${value}}`)?.['value'],
      ]);
  for (const [name, value] of pairs)
    if (!MARKS.test(name) && value !== undefined && !MARKS.test(pythonStr(value))) fixed[name] = value;
  return fixed;
}
