import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ApiError } from '../base/api.ts';
import { t } from './words.ts';

export const QUERY_ID = 'query';

/** The query as it is typed; what is wrong with it stands below, under the character where it is. */
export function QueryBox({ typed }: { typed: Signal<string> }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null && input.current.value !== typed.value) input.current.value = typed.value;
  });
  return (
    <input
      ref={input}
      id={QUERY_ID}
      name="query"
      type="search"
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      placeholder={'level:ERROR AND service:web* AND "connection refused"'}
      aria-label={t('query')}
      aria-describedby="query-problem"
      value={typed.value}
      onInput={event => {
        typed.value = event.currentTarget.value;
      }}
    />
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
