import { setPriority } from 'node:os';
import { readRoutingConfig } from '../../alerts/routing/config/read-config.ts';
import { Link } from '../../base/process/link.ts';
import type { StoredEvent } from '../../core/contracts.ts';
import { LongshoreError, messageOf } from '../../core/errors.ts';
import { newFields } from '../../core/event.ts';
import { configureLog } from '../../core/log.ts';
import { scannedEvents } from '../../store/scanned.ts';
import { Backtest } from '../backtest.ts';
import { compileRules } from '../compile.ts';
import type { TimedEvent } from '../driven-engine.ts';
import type { BacktestCalls, ServiceCalls } from './protocol.ts';

/**
 * The process of one backtest. A process, and not a thread: intake goes first on the processor, what it takes of memory
 * is limited and given back, its counters and its log are not the service's, and the service can end it at any moment.
 */
let backtest: Backtest | undefined;
/** Only some fields of events come in. */
let isNarrow = false;

const calls: BacktestCalls = {
  begin({
    rules,
    old,
    imports,
    isClosed,
    names,
    variables: env,
    alerterDefaults,
    ruleDefaults,
    settings,
    since,
    from,
    to,
    messages,
    routing,
  }) {
    const compile = (files: typeof rules) =>
      compileRules(files, { env, alerterDefaults, ruleDefaults, imports, isClosed });
    backtest = new Backtest(compile(rules), old && compile(old), {
      settings,
      names,
      since,
      from,
      to,
      messages,
      routing: routing && {
        config: readRoutingConfig(routing.file.path, routing.file.text).config,
        templates: routing.templates,
      },
      answersPast: true,
    });
    const { query, readFrom = from, rules: all, fields, past } = backtest;
    isNarrow = fields !== undefined;
    return { query, readFrom, rules: all.length, fields, past };
  },
  know: ({ run, rule, events }) => backtest!.know({ run, rule }, events),
  take: page => backtest!.take('text' in page ? [...scannedEvents(page)] : page.map(timed)),
  finish: ({ hints, until }) =>
    backtest!.finish(hints, until, until !== undefined, async shown => {
      if (!isNarrow || shown.length === 0) return new Map();
      const events = await link.request('look', shown);
      return new Map(events.map(event => [event._id, timed(event).event]));
    }),
};

// What the engine says in its log is no news of the service.
configureLog('silent');
try {
  setPriority(10);
} catch {
  // Not allowed here: then side by side.
}
const link = new Link<ServiceCalls, BacktestCalls>(process, calls, {
  gone: () => failed('the service is gone'),
  unknown: failed,
});

function timed(stored: StoredEvent): TimedEvent {
  const event = newFields();
  for (const key of Object.keys(stored))
    if (key !== '_id' && key !== '_index' && key !== 'seq') event[key] = stored[key];
  const time = Date.parse(stored['@timestamp']);
  return { id: stored._id, time, event: event as TimedEvent['event'] };
}

function failed(error: unknown): LongshoreError {
  return new LongshoreError('LS_BACKTEST_FAILED', `the backtest failed: ${messageOf(error)}.`);
}
