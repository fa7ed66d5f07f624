import { parseArgs } from 'node:util';
import { loadChecked } from '../app/check/settings.ts';
import { LongshoreError } from '../core/errors.ts';
import { configureLog } from '../core/log.ts';
import { migrate } from '../data/migrate.ts';
import { DeadLetterQueue } from '../dead-letters/queue.ts';
import { CONFIG_OPTIONS, CONFIG_USAGE, type Command } from './command.ts';
import { keepPrivate } from './private-files.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: `longshore migrate [options]

      --day YYYY.MM.DD   this day only; may be repeated (default: all)
      --remove           delete each day from the embedded store once Elasticsearch is seen to have it
      --keep             leave it there (the default)
${CONFIG_USAGE}

The configuration is the new one, with store.type elasticsearch; data_dir is that of the stopped service. Can be
interrupted and repeated: events that are there already are not stored twice. What Elasticsearch refuses for good goes to
the dead letters. Exit code 1 if a day is not done.`,

  async run(args, io) {
    keepPrivate(io);
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...CONFIG_OPTIONS,
        day: { type: 'string', multiple: true },
        remove: { type: 'boolean' },
        keep: { type: 'boolean' },
      },
    });
    const { settings } = loadChecked({ ...values, env: io.env });
    const { store } = settings;
    if (store.type !== 'elasticsearch') {
      throw new LongshoreError('LS_MIGRATE_STORE', 'store.type is not elasticsearch.', {
        where: 'store.type',
        fix: 'Name the Elasticsearch that takes the events: --set store.type=elasticsearch --set store.nodes=[...].',
      });
    }
    configureLog('warn');
    const { done, failed, events, deadLetters } = await migrate(
      { ...settings, store },
      {
        days: values.day,
        remove: values.remove === true && values.keep !== true,
        say: line => io.stdout.write(`${line}\n`),
        deadLetters: new DeadLetterQueue(settings.data_dir),
      },
    );
    const letters = deadLetters > 0 ? `, ${deadLetters} dead letters (longshore dlq list)` : '';
    io.stdout.write(`\n${done} ${done === 1 ? 'day' : 'days'} done, ${failed} not; ${events} events${letters}\n`);
    return failed > 0 ? 1 : 0;
  },
};
