import { type Fields, isFields } from '../../core/event.ts';

/** Options that name files of this machine, whose content would go out or be told of. */
export const FILE_OPTION = /(?:_file|_ca_certs)$|^(?:assets_dir|email_image_.*|import|jinja_template_path)$/;

/** Takes them out of a rule that comes from elsewhere, also where `alert` gives them to one alerter. */
export function dropFileOptions(options: Fields): void {
  dropFrom(options);
  const { alert } = options;
  for (const entry of Array.isArray(alert) ? alert : [alert])
    if (isFields(entry)) for (const own of Object.values(entry)) if (isFields(own)) dropFrom(own);
}

/** `jinja_template_path` and `import` find what was given with the rule, and nothing else. */
function dropFrom(options: Fields): void {
  for (const name of Object.keys(options))
    if (FILE_OPTION.test(name) && name !== 'jinja_template_path' && name !== 'import') delete options[name];
}
