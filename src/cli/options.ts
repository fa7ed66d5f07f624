import { didYouMean } from '../base/text/did-you-mean.ts';
import { LongshoreError } from '../core/errors.ts';

/** Options that `search` and `stats` have in common. */
export function outputForm<F extends string>(given: string | undefined, forms: readonly F[], byDefault: F): F {
  if (given === undefined) return byDefault;
  const form = forms.find(each => each === given);
  if (form !== undefined) return form;
  const hint = didYouMean(given, forms, "'");
  throw new LongshoreError(
    'LS_CLI_OUTPUT',
    `there is no output '${given.slice(0, 50)}'.${hint === undefined ? '' : ` ${hint}`}`,
    {
      fix: `Write -o ${forms.join(', or -o ')}.`,
    },
  );
}

/** Nobody who asks without a time wants to wait for all of the past. */
export const LAST_HOUR = 'now-1h';
export const LAST_HOUR_NOTE = '(the last hour; --from now-7d goes back further)\n';

export function lastHour({ from, to }: { from?: string | undefined; to?: string | undefined }): {
  from: string | undefined;
  note: string | undefined;
} {
  if (from !== undefined || to !== undefined) return { from, note: undefined };
  return { from: LAST_HOUR, note: LAST_HOUR_NOTE };
}
