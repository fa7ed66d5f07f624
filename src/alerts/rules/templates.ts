import { messageOf } from '../../core/errors.ts';
import { type Fields, isFields } from '../../core/event.ts';
import { compileTemplate, TemplateError } from '../jinja/template.ts';
import { pythonStr } from '../python/str.ts';
import type { Problems, RulePlace } from './problems.ts';
import type { RuleOptions, RuleSources } from './sources.ts';

/** Where the text of a template file stands, for the rule or for one of its alerters. Nothing else may give it. */
export const FILE_TEMPLATE = 'jinja_template';
const PATH = 'jinja_template_path';

/** Reads the templates that the rule and its alerters name by `jinja_template_path`. */
export function readTemplateFiles({ options, path }: RuleOptions, sources: RuleSources, problems: Problems): void {
  readTemplateFile(options, { option: PATH });
  const { alert } = options;
  for (const [i, entry] of (Array.isArray(alert) ? alert : [alert]).entries()) {
    if (!isFields(entry)) continue;
    for (const [name, own] of Object.entries(entry)) {
      const way = Array.isArray(alert) ? [i, name, PATH] : [name, PATH];
      if (isFields(own)) readTemplateFile(own, { option: 'alert', path: way });
    }
  }

  function readTemplateFile(of: Fields, place: RulePlace): void {
    delete of[FILE_TEMPLATE];
    const file = of[PATH];
    if (typeof file !== 'string' || file === '') return;
    const type = of['alert_text_type'] ?? options['alert_text_type'];
    if (type !== 'alert_text_jinja') {
      problems.warn(`${PATH} does nothing without alert_text_type: alert_text_jinja.`, place);
      return;
    }
    try {
      of[FILE_TEMPLATE] = sources.text(file, path);
    } catch (cause) {
      const what = `the template ${sources.pathOf(file, path)} cannot be read: ${messageOf(cause)}.`;
      const fix = 'Its path is relative to the folder of the rule, or to where the service was started.';
      problems.error('LS_ALERTS_TEMPLATE', what, { ...place, fix, cause });
      return;
    }
    const mistake = templateMistake(String(of[FILE_TEMPLATE]));
    if (mistake !== undefined)
      problems.error(
        'LS_ALERTS_TEMPLATE',
        `the template ${sources.pathOf(file, path)} cannot be read: ${mistake}.`,
        place,
      );
  }
}

/** Says which of the rule's own texts are templates that cannot be read. */
export function checkTemplates(options: Fields, problems: Problems): void {
  if (options['alert_text_type'] !== 'alert_text_jinja') return;
  for (const option of ['alert_subject', 'alert_text']) {
    const text = options[option];
    if (option === 'alert_text' && options[FILE_TEMPLATE] !== undefined) continue;
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
