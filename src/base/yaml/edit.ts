import { Composer, type Document, LineCounter, Parser } from 'yaml';
import { explainYaml, type YamlMistake } from './mistakes.ts';

/** A text that is to be changed here and there: comments, blank lines and what is not touched stay. */
export interface EditableYaml {
  readonly document: Document.Parsed;
  /** With their lines, from 1. Mostly the others follow from the first one. */
  readonly mistakes: readonly (YamlMistake & { readonly line: number })[];
}

/** The first document of a text. */
export function editableYaml(text: string): EditableYaml {
  const lines = new LineCounter();
  const [document] = new Composer({ prettyErrors: false, logLevel: 'error' }).compose(
    new Parser(lines.addNewLine).parse(text),
    true,
    text.length,
  );
  const rows = text.split('\n');
  const mistakes = document!.errors.map(({ code, message, pos }) => {
    const { line } = lines.linePos(pos[0]);
    return { line, ...explainYaml(code, message, rows[line - 1] ?? '') };
  });
  return { document: document as Document.Parsed, mistakes };
}

export const textOfYaml = (document: Document): string =>
  document.toString({ lineWidth: 0, flowCollectionPadding: true, singleQuote: true });
