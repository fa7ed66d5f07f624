import type { Fields } from '../../../core/event.ts';
import { lookup } from '../../lookup.ts';
import type { OptionTable } from '../../rules/options.ts';

const APPS = [
  { name: 'kibana', title: 'Discover in Kibana' },
  { name: 'opensearch', title: 'Discover in opensearch' },
] as const;

/** `slack_attach_kibana_discover_url`, and how the link looks. */
export const discoverOptions = (prefix: string): OptionTable =>
  Object.fromEntries(
    APPS.flatMap(({ name }) => [
      [`${prefix}_attach_${name}_discover_url`, 'boolean' as const],
      [`${prefix}_${name}_discover_color`, 'text' as const],
      [`${prefix}_${name}_discover_title`, 'text' as const],
    ]),
  );

/** Attachments with the links that `generate_kibana_discover_url` made, where the options ask for them. */
export function discoverAttachments(options: Fields, prefix: string, match: Fields, titles: Fields = {}): object[] {
  return APPS.flatMap(({ name, title }) => {
    const url = lookup(match, `${name}_discover_url`);
    if (options[`${prefix}_attach_${name}_discover_url`] !== true || typeof url !== 'string' || url === '') return [];
    return [
      {
        color: options[`${prefix}_${name}_discover_color`] ?? '#ec4b98',
        title: options[`${prefix}_${name}_discover_title`] ?? titles[name] ?? title,
        title_link: url,
      },
    ];
  });
}
