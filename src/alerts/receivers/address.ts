import type { MessageTexts } from './texts.ts';

/** The address of a webhook, in which labels of the alerts may be filled in. */
export const webhookAddress = (written: string, texts: MessageTexts): string =>
  written.includes('{{') ? texts.value('url', written) : written;

/** Whether an address leads to the same host whatever is filled in; another one is chosen by whoever names the labels. */
export const hasFixedHost = (written: string): boolean => {
  const fixed = written.split('{{')[0]!;
  return fixed === written || /^https?:\/\/[^/?#@]+[/?#]/i.test(fixed);
};
