import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Something wrong in a line, counted from 1. */
export interface EditorMistake {
  readonly line: number;
  readonly text: string;
  readonly isWarning?: boolean | undefined;
}

export interface OpenEditor {
  /** Does nothing where it is the text already. */
  setText(text: string): void;
  setMistakes(mistakes: readonly EditorMistake[]): void;
  close(): void;
}

export interface EditorOptions {
  readonly label: string;
  readonly text: string;
  onInput(text: string): void;
  run(): void;
}

const MOST_TYPED = 100;

/** The only file that knows the editor of others. */
export function openEditor(root: ShadowRoot, { label, text, onInput, run }: EditorOptions): OpenEditor {
  let isOurs = false;
  // What was typed comes back as the text of a page that is drawn later: by then it may be an older one.
  let typed: string[] = [];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        highlightActiveLine(),
        EditorView.lineWrapping,
        indentUnit.of('  '),
        yaml(),
        syntaxHighlighting(COLOURS),
        keymap.of([
          {
            key: 'Mod-Enter',
            run: () => {
              run();
              return true;
            },
          },
          ...defaultKeymap,
          ...historyKeymap,
          ...lintKeymap,
        ]),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
        EditorView.updateListener.of(update => {
          if (!update.docChanged || isOurs) return;
          const now = update.state.doc.toString();
          typed = [...typed.slice(-MOST_TYPED), now];
          onInput(now);
        }),
        TYPED_OVER,
        THEME,
      ],
    }),
  });
  return {
    setText: now => {
      if (now === view.state.doc.toString() || typed.includes(now)) return;
      typed = [];
      isOurs = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: now } });
      isOurs = false;
    },
    setMistakes: mistakes => {
      const { doc } = view.state;
      const diagnostics = mistakes.map(({ line, text: message, isWarning }): Diagnostic => {
        const at = doc.line(Math.min(Math.max(1, line), doc.lines));
        const from = at.from + (/^\s*/.exec(at.text)?.[0].length ?? 0);
        return { from: Math.min(from, at.to), to: at.to, severity: isWarning === true ? 'warning' : 'error', message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    close: () => view.destroy(),
  };
}

/** Chromium keeps the colours of what is typed over, as a style in the element, which the policy of the page forbids: then it is done here. */
const TYPED_OVER = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { data, inputType } = event;
    if (inputType !== 'insertText' || data === null || view.composing || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--text)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: 'var(--fatal)' },
]);

const THEME = EditorView.theme({
  '&': {
    border: '1px solid var(--line)',
    borderRadius: '6px',
    backgroundColor: 'var(--panel)',
    color: 'var(--text)',
    fontSize: '13px',
    minHeight: '240px',
    maxHeight: '70vh',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--back)', color: 'var(--soft)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    maxWidth: 'min(560px, 90vw)',
  },
});
