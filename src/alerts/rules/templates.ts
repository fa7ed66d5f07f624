import { messageOf } from '../../core/errors.ts';
import type { Fields } from '../../core/event.ts';
import { compileTemplate, TemplateError } from '../jinja/template.ts';
import { pythonStr } from '../python/str.ts';
import type { Problems } from './problems.ts';

/** Says which of the rule's own texts are templates that cannot be read. */
export function checkTemplates(options: Fields, problems: Problems): void {
  if (options['alert_text_type'] !== 'alert_text_jinja') return;
  for (const option of ['alert_subject', 'alert_text']) {
    const text = options[option];
    const mistake = text === undefined || text === null ? undefined : templateMistake(pythonStr(text));
    if (mistake !== undefined)
      problems.error('LS_ALERTS_TEMPLATE', `${option} cannot be read: ${mistake}.`, { option });
  }
}

/** What is wrong with a template; undefined when it can be read. */
export function templateMistake(text: string): string | undefined {
  try {
    compileTemplate(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return messageOf(error);
  }
}
