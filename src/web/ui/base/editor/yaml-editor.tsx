import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words.ts';
import type { EditorMistake, OpenEditor } from './codemirror.ts';

export type { EditorMistake } from './codemirror.ts';

const t = words(
  { loading: 'Loading the editor ...', failed: 'The editor could not be loaded.' },
  { loading: '편집기를 불러오는 중 ...', failed: '편집기를 불러올 수 없습니다.' },
);

interface YamlEditorProps {
  /** What it is called, for who does not see it. */
  readonly label: string;
  readonly text: string;
  readonly mistakes: readonly EditorMistake[];
  onInput(text: string): void;
  /** Ctrl+Enter, or Cmd+Enter. */
  run?(): void;
}

/**
 * A text in YAML with its mistakes at their lines. The editor's script is loaded when the first one is shown; it lives in a shadow
 * root, where its styles are adopted style sheets: the policy of the page allows no others.
 */
export function YamlEditor(props: YamlEditorProps) {
  const { text, mistakes } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useSignal<OpenEditor | undefined>(undefined);
  const hasFailed = useSignal(false);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let isGone = false;
    const root = host.current!.attachShadow({ mode: 'open' });
    import('./codemirror.ts').then(
      ({ openEditor }) => {
        if (isGone) return;
        const { label, text: first } = latest.current;
        editor.value = openEditor(root, {
          label,
          text: first,
          onInput: now => latest.current.onInput(now),
          run: () => latest.current.run?.(),
        });
      },
      () => {
        hasFailed.value = true;
      },
    );
    return () => {
      isGone = true;
      editor.peek()?.close();
    };
  }, []);
  useEffect(() => editor.value?.setText(text), [editor.value, text]);
  useEffect(() => editor.value?.setMistakes(mistakes), [editor.value, mistakes]);
  return (
    <>
      <div ref={host} class="editor" />
      {editor.value === undefined && <p class="note">{t(hasFailed.value ? 'failed' : 'loading')}</p>}
    </>
  );
}
