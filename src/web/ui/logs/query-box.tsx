import type { Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ApiError } from '../base/api.ts';
import { clean } from '../base/text.ts';
import { count } from '../base/time.ts';
import type { Search } from './search-state.ts';
import { type Suggestion, Suggestions } from './suggestions.ts';
import { t } from './words.ts';

export const QUERY_ID = 'query';

/** The query as it is typed, with the names and values that can stand at the cursor: a combobox, as ARIA has it. */
export function QueryBox({ typed, search }: { typed: Signal<string>; search: Search }) {
  const input = useRef<HTMLInputElement>(null);
  const suggestions = useMemo(() => new Suggestions(), []);
  const list = suggestions.list.value;
  const active = suggestions.active.value;
  useEffect(() => {
    if (input.current !== null && input.current.value !== typed.value) input.current.value = typed.value;
  });
  useEffect(() => () => suggestions.close(), [suggestions]);
  const look = (always = false): void => {
    const { value, selectionStart } = input.current!;
    void suggestions.look(value, selectionStart ?? value.length, search, always);
  };
  const use = (chosen: Suggestion): void => {
    const box = input.current!;
    const { text, cursor } = suggestions.use(box.value, chosen);
    typed.value = text;
    box.value = text;
    box.focus();
    box.setSelectionRange(cursor, cursor);
    // Behind a name comes its value.
    if (chosen.insert.endsWith(':')) look(true);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.length === 0) look(true);
      else suggestions.move(event.key === 'ArrowDown' ? 1 : -1);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && active >= 0) {
      event.preventDefault();
      use(list[active]!);
    } else if (event.key === 'Enter') suggestions.close();
    else if (event.key === 'Escape' && list.length > 0) {
      event.preventDefault();
      event.stopPropagation();
      suggestions.close();
    }
  };
  return (
    <div class="query-box">
      <input
        ref={input}
        id={QUERY_ID}
        name="query"
        type="text"
        role="combobox"
        aria-expanded={list.length > 0}
        aria-controls="suggestions"
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `suggestion-${active}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={'level:ERROR AND service:web* AND "connection refused"'}
        aria-label={t('query')}
        aria-describedby="query-problem"
        value={typed.value}
        onInput={event => {
          typed.value = event.currentTarget.value;
          look();
        }}
        onKeyDown={onKeyDown}
        onBlur={() => suggestions.close()}
      />
      <div id="suggestions" role="listbox" aria-label={t('suggestions')} hidden={list.length === 0}>
        {list.map((each, index) => (
          <Option
            key={each.text}
            suggestion={each}
            id={`suggestion-${index}`}
            isActive={index === active}
            use={() => use(each)}
          />
        ))}
      </div>
    </div>
  );
}

interface OptionGiven {
  readonly suggestion: Suggestion;
  readonly id: string;
  readonly isActive: boolean;
  use(): void;
}

function Option({ suggestion: { text, events }, id, isActive, use }: OptionGiven) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus, and names the active one
    <div
      id={id}
      role="option"
      aria-selected={isActive}
      onPointerDown={event => {
        event.preventDefault();
        use();
      }}
    >
      {clean(text)}
      {events !== undefined && <span class="soft">{count(events)}</span>}
    </div>
  );
}

const AROUND = 60;

/** Why there is no answer; of a mistake in the query also where. */
export function Problem({ problem, query }: { problem: ApiError | undefined; query: string }) {
  if (problem === undefined) return null;
  const { position, message, code } = problem;
  return (
    <div id="query-problem" class="problem query-problem" role="alert">
      {position !== undefined && position <= query.length && <Where query={query} position={position} />}
      {position === undefined ? message : withoutPicture(message)}
      {code !== undefined && !message.includes(code) && <span class="soft"> {code}</span>}
    </div>
  );
}

/** The message for a terminal has the query and a mark under it on lines of their own. */
const withoutPicture = (message: string): string => message.replace(/\n {2}[^\n]*\n {2} *\^\n?/, ' ');

function Where({ query, position }: { query: string; position: number }) {
  const start = Math.max(0, position - AROUND);
  const [before, at, after] = [
    query.slice(start, position),
    query.slice(position, position + 1),
    query.slice(position + 1, position + AROUND),
  ];
  return (
    <div class="where mono">
      {start > 0 && '…'}
      {before}
      <mark class="wrong">{at === '' ? ' ' : at}</mark>
      {after}
    </div>
  );
}

/** What the server thinks was meant. */
export function Hints({ hints }: { hints: readonly string[] }) {
  if (hints.length === 0) return null;
  return (
    <div class="hints" role="status">
      {hints.map(hint => (
        <div key={hint}>{hint}</div>
      ))}
    </div>
  );
}
