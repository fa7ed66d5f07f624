import type { OptionMistake } from '../address.ts';

/** An address without a name around it, and nothing that a server would take for its end. Somebody of this machine has no domain. */
export const isRecipient = (text: string): boolean => /^[^\s<>,;"\x00-\x1f\x7f]+$/.test(text) && text.length <= 320;

export interface RecipientForm {
  /** One without a domain gets one. */
  readonly hasDomain?: boolean | undefined;
  /** `Name <name@host>` is one, too. */
  readonly mayHaveName?: boolean | undefined;
}

/** Mail addresses of an option: one text or a list. */
export function checkRecipients(
  option: string,
  value: unknown,
  { hasDomain = false, mayHaveName = false }: RecipientForm = {},
): OptionMistake[] {
  const all = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');
  return all.flatMap((text): OptionMistake[] => {
    if (text.startsWith('$')) return [];
    const named = /^[^<>\x00-\x1f\x7f]*<([^<>]*)>$/.exec(text)?.[1];
    const address = mayHaveName ? (named ?? text) : text;
    const shown = JSON.stringify(text.slice(0, 100));
    if (!isRecipient(address))
      return [{ option, what: `names ${shown}, which is no address of a mail`, fix: 'Write name@host.' }];
    if (address.includes('@') || hasDomain) return [];
    const what = `names ${shown}, which has no domain: only a mail server of this machine knows who that is`;
    return [{ option, what, fix: 'Write name@host.', isWarning: true }];
  });
}
