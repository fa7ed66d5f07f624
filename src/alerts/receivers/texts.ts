import { logger } from '../../core/log.ts';
import { templateData } from '../go-template/alert-data.ts';
import { GoTemplateError } from '../go-template/errors.ts';
import type { TemplateLibrary } from '../go-template/go-template.ts';
import { templateFailures } from '../manager/metrics.ts';
import type { GroupData } from '../routing/group-data.ts';
import type { Marks } from '../text/marks.ts';
import type { Message } from './integration.ts';
import { literalData } from './literal.ts';

const log = logger('alertmanager');

/** Alerts that a plain text lists. */
const LISTED = 20;

/** Fills the texts of one message. A template that fails gives a plain text that says so, never no message. */
export class MessageTexts {
  readonly #library: TemplateLibrary;
  readonly #message: Message;
  readonly #data: ReturnType<typeof templateData>;
  /** For what people read: nothing of it is markup of the channel. */
  readonly #literal: ReturnType<typeof templateData>;
  readonly #group: GroupData;

  /** `marks`: what the channel takes for markup, where HTML is not all of it. */
  constructor(library: TemplateLibrary, message: Message, marks?: Marks) {
    this.#library = library;
    this.#message = message;
    this.#group = message.data();
    this.#data = templateData(this.#group);
    this.#literal = marks === undefined ? this.#data : templateData(literalData(this.#group, marks));
  }

  /** What people read. `option` names the template in what is said when it fails. */
  prose(option: string, template: string, isHtml = false): string {
    return this.#fill(option, template, isHtml ? this.#data : this.#literal, isHtml, why =>
      plainText(this.#group, `(The template of ${option} failed: ${why})`),
    );
  }

  /** A title of one line. */
  title(option: string, template: string): string {
    return this.#fill(option, template, this.#literal, false, () => plainTitle(this.#group));
  }

  /** A name, a color, an address; `` when its template fails. */
  value(option: string, template: string): string {
    return this.#fill(option, template, this.#data, false, () => '');
  }

  #fill(
    option: string,
    template: string,
    data: ReturnType<typeof templateData>,
    isHtml: boolean,
    instead: (why: string) => string,
  ): string {
    try {
      return this.#library.render(template, data, isHtml);
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      templateFailures.inc();
      const { receiver, groupKey } = this.#message;
      log.warn(
        { receiver, group: groupKey.slice(0, 500), option, reason: error.message },
        'a template failed; a plain text is sent in its place',
      );
      return instead(error.message);
    }
  }
}

function plainTitle({ status, alerts, groupLabels }: GroupData): string {
  const firing = alerts.filter(alert => alert.status === 'firing').length;
  const count = status === 'firing' ? `FIRING:${firing}` : 'RESOLVED';
  return `[${count}] ${Object.values(groupLabels).join(' ')}`.trim();
}

function plainText(data: GroupData, note: string): string {
  const lines = data.alerts.slice(0, LISTED).map(({ status, labels }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    return `${status}: ${pairs.join(', ').slice(0, 500)}`;
  });
  const more = data.alerts.length - lines.length;
  return [plainTitle(data), ...lines, ...(more > 0 ? [`... and ${more} more`] : []), note].join('\n');
}
