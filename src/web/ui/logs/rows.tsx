import { useEffect, useMemo, useRef } from 'preact/hooks';
import { levelClass } from '../base/levels.ts';
import { clean } from '../base/text.ts';
import { count, shownTime, timeZone } from '../base/time.ts';
import { EventFields, type FieldActions } from './event-fields.tsx';
import { restOf, valueAt } from './event-leaves.ts';
import { type Gap, isGap, type Row as ListRow } from './live.ts';
import { cutAtMatches, markPattern } from './query-text.ts';
import type { Hit } from './results.ts';
import { opened, toggleRow, wraps } from './row-state.ts';
import { live } from './state.ts';
import { useVirtualRows } from './virtual-rows.ts';
import { t } from './words.ts';

interface Given {
  readonly rows: readonly ListRow[];
  readonly query: string;
  readonly columns: readonly string[];
  readonly actions: FieldActions;
  readonly isOld: boolean;
  /** Rows come at the top all the time: their elements stay where they are and get other texts, which costs a third. */
  readonly isRunning: boolean;
  /** The last rows are in sight. */
  readonly atEnd: (() => void) | undefined;
}

const ESTIMATES = { compact: 27, wrap: 48 };
/** A row shows no more of a message than this; opened, it shows all. */
const MAX_SHOWN = { compact: 400, wrap: 8_000 };
const NEAR_END = 40;

/** The events: one row each, which opens to its fields. Only what is in sight exists. */
export function Rows({ rows, query, columns, actions, isOld, isRunning, atEnd }: Given) {
  const list = useRef<HTMLOListElement>(null);
  const mode = wraps.value;
  const keys = useMemo(() => rows.map(({ _id }) => _id), [rows]);
  const virtual = useVirtualRows(keys, list, ESTIMATES[mode], `${mode} ${columns.length}`);
  const lastShown = virtual.rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown >= rows.length - NEAR_END) atEnd?.();
    // Also when as many others have come in their place.
  }, [lastShown, rows, atEnd]);
  const pattern = markPattern(query);
  return (
    <ol
      ref={list}
      id="hits"
      class={`rows ${mode}${isOld ? ' old' : ''}${columns.length > 0 ? ' chosen' : ''}`}
      aria-label={t('list')}
      style={{ height: `${virtual.total}px`, '--columns': String(columns.length) }}
    >
      {virtual.rows.map(({ index, top }) => {
        const row = rows[index]!;
        return (
          <li
            key={isRunning ? index : row._id}
            ref={virtual.observe}
            data-index={index}
            aria-setsize={rows.length}
            aria-posinset={index + 1}
            class={isGap(row) ? 'other' : levelClass(row.level)}
            style={{ transform: `translateY(${top}px)` }}
          >
            {isGap(row) ? (
              <GapRow gap={row} />
            ) : (
              <Row hit={row} pattern={pattern} columns={columns} actions={actions} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface RowGiven {
  readonly hit: Hit;
  readonly pattern: RegExp | undefined;
  readonly columns: readonly string[];
  readonly actions: FieldActions;
}

/** One event, closed or open. */
export function Row({ hit, pattern, columns, actions }: RowGiven) {
  const isOpen = opened.value.has(hit._id);
  const time = hit['@timestamp'];
  const most = MAX_SHOWN[wraps.value];
  const text = (value: unknown): string => clean(cut(value, most));
  return (
    <>
      {/* A row is no button: its text can be selected and copied. The button in front is for the keyboard. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button inside does the same by keyboard */}
      <div
        class={isOpen ? 'row open' : 'row'}
        onClick={event => {
          if (!selectsIn(event.currentTarget)) toggleRow(hit._id);
        }}
      >
        <button type="button" class="toggle" aria-expanded={isOpen} aria-label={t('fieldsOf')} data-id={hit._id} />
        <time dateTime={time} title={`${time} (${t('shownIn', timeZone.value)})`}>
          {shownTime(time, true)}
        </time>
        <span class="level">{clean(hit.level ?? '')}</span>
        {columns.length === 0 ? (
          <>
            <span class="service">{text(hit.service ?? hit.container_name ?? hit.tag ?? '')}</span>
            <Marked class="message" text={text(hit.message ?? restOf(hit))} pattern={pattern} />
          </>
        ) : (
          columns.map(name => (
            <Marked
              key={name}
              class={name === 'message' ? 'message' : 'cell'}
              text={text(valueAt(hit, name) ?? '')}
              pattern={pattern}
            />
          ))
        )}
      </div>
      {isOpen && <EventFields hit={hit} pattern={pattern} columns={columns} actions={actions} />}
    </>
  );
}

/** Something is missing here. */
function GapRow({ gap }: { gap: Gap }) {
  return (
    <div class="gap">
      {gap.missing === undefined ? t('gap') : t('gapOf', count(gap.missing))}
      <button type="button" disabled={gap.isFilling} onClick={() => void live.fill(gap)}>
        {gap.isFilling === true ? t('loading') : t('fillGap')}
      </button>
    </div>
  );
}

export function Marked({ class: name, text, pattern }: { class: string; text: string; pattern: RegExp | undefined }) {
  const parts = cutAtMatches(text, pattern);
  return (
    <span class={name}>{parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</span>
  );
}

function cut(value: unknown, most: number): unknown {
  return typeof value === 'string' && value.length > most ? `${value.slice(0, most)} …` : value;
}

/** A drag over the text selects it and opens nothing. */
function selectsIn(row: HTMLElement): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(row, true);
}
