import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { copyText } from '../base/copy.ts';
import { clean } from '../base/text.ts';
import { shownTime, timeZone } from '../base/time.ts';
import { type Leaf, leavesOf } from './event-leaves.ts';
import { Icon } from './icons.tsx';
import { linksIn } from './links.ts';
import { cutAtMatches } from './query-text.ts';
import type { Hit } from './results.ts';
import type { FilterKind } from './search-state.ts';
import { TopValues } from './top-values.tsx';
import { t } from './words.ts';

/** What one can do with a field of an event. */
export interface FieldActions {
  filter(kind: FilterKind, name: string, value: unknown): void;
  toggleColumn(name: string): void;
  /** What was said around an event. */
  surroundings(hit: Hit): void;
  /** An address that leads to the event. */
  link(hit: Hit): string;
}

interface Given {
  readonly hit: Hit;
  readonly pattern: RegExp | undefined;
  readonly columns: readonly string[];
  readonly actions: FieldActions;
}

/** All fields of an event, nested ones by their paths, each with what one can do with it; or the event as JSON. */
export function EventFields({ hit, pattern, columns, actions }: Given) {
  const isRaw = useSignal(false);
  return (
    <div class="fields">
      <div class="about">
        <button type="button" onClick={() => actions.surroundings(hit)}>
          {t('context')}
        </button>
        <Copy text={() => actions.link(hit)} label={t('copyLink')} />
        <Copy text={() => JSON.stringify(hit, null, 2)} label={t('copyJson')} />
        <button
          type="button"
          aria-pressed={isRaw.value}
          onClick={() => {
            isRaw.value = !isRaw.value;
          }}
        >
          JSON
        </button>
      </div>
      {isRaw.value ? (
        <pre class="raw">{clean(JSON.stringify(hit, null, 2))}</pre>
      ) : (
        <table>
          <colgroup>
            <col class="name" />
            <col />
            <col class="tools" />
          </colgroup>
          <thead class="hidden-text">
            <tr>
              <th scope="col">{t('field')}</th>
              <th scope="col">{t('value')}</th>
              <th scope="col">{t('actions')}</th>
            </tr>
          </thead>
          <tbody>
            {leavesOf(hit).map(leaf => (
              <Field
                key={leaf.path}
                leaf={leaf}
                pattern={pattern}
                isColumn={columns.includes(leaf.path)}
                actions={actions}
              />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

interface FieldGiven {
  readonly leaf: Leaf;
  readonly pattern: RegExp | undefined;
  readonly isColumn: boolean;
  readonly actions: FieldActions;
}

function Field({ leaf: { path, value, isPlain }, pattern, isColumn, actions }: FieldGiven) {
  const showsTop = useSignal(false);
  const name = clean(path);
  const canFilter = isPlain && path !== '@timestamp';
  return (
    <>
      <tr>
        <th scope="row">{name}</th>
        <td class="value">
          {path === '@timestamp' ? (
            timeText(String(value))
          ) : (
            <Value text={clean(value)} pattern={path === 'message' ? pattern : undefined} />
          )}
        </td>
        <td class="tools">
          {canFilter && (
            <>
              <Tool sign="+" label={t('only', name)} act={() => actions.filter('for', path, value)} />
              <Tool sign="−" label={t('without', name)} act={() => actions.filter('out', path, value)} />
              <Tool sign="∃" label={t('having', name)} act={() => actions.filter('exists', path, value)} />
              <Tool
                sign={<Icon name="top" />}
                label={t('topOf', name)}
                isPressed={showsTop.value}
                act={() => {
                  showsTop.value = !showsTop.value;
                }}
              />
            </>
          )}
          {path !== '@timestamp' && (
            <Tool
              sign={<Icon name="column" />}
              label={t('column', name)}
              isPressed={isColumn}
              act={() => actions.toggleColumn(path)}
            />
          )}
          <Copy
            isSmall
            text={() => (typeof value === 'object' ? JSON.stringify(value) : String(value))}
            label={t('copy', name)}
          />
        </td>
      </tr>
      {showsTop.value && (
        <tr>
          <td colSpan={3}>
            <TopValues field={path} choose={chosen => actions.filter('for', path, chosen)} />
          </td>
        </tr>
      )}
    </>
  );
}

function timeText(time: string): string {
  const zone = timeZone.value;
  return `${shownTime(time, true)} ${zone}${zone === 'UTC' ? '' : ` = ${clean(time)}`}`;
}

/** A value with its matches, and with its addresses as links. */
function Value({ text, pattern }: { text: string; pattern: RegExp | undefined }) {
  return (
    <>
      {linksIn(text).map((part, index) =>
        index % 2 === 1 ? (
          <a key={index} href={part} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          cutAtMatches(part, pattern).map((piece, n) =>
            n % 2 === 1 ? <mark key={`${index} ${n}`}>{piece}</mark> : piece,
          )
        ),
      )}
    </>
  );
}

interface ToolGiven {
  readonly sign: ComponentChildren;
  readonly label: string;
  readonly isPressed?: boolean;
  act(): void;
}

function Tool({ sign, label, isPressed, act }: ToolGiven) {
  return (
    <button type="button" title={label} aria-label={label} aria-pressed={isPressed} onClick={act}>
      {sign}
    </button>
  );
}

interface CopyGiven {
  readonly label: string;
  /** A picture stands for the label. */
  readonly isSmall?: boolean;
  readonly title?: string;
  text(): string;
}

/** Copies a text, and says that it has. */
export function Copy({ text, label, isSmall = false, title = label }: CopyGiven) {
  const state = useSignal<'' | 'copied' | 'refused'>('');
  const copy = async (): Promise<void> => {
    state.value = (await copyText(text())) ? 'copied' : 'refused';
    setTimeout(() => {
      state.value = '';
    }, 1500);
  };
  const said = state.value === '' ? undefined : t(state.value);
  return (
    <button type="button" title={title} aria-label={isSmall ? label : undefined} onClick={copy}>
      {isSmall ? <Icon name={state.value === 'copied' ? 'done' : 'copy'} /> : (said ?? label)}
      {said !== undefined && isSmall && (
        <span class="hidden-text" role="status">
          {said}
        </span>
      )}
    </button>
  );
}
