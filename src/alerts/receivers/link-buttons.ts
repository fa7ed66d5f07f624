import type { GroupLinks } from '../routing/group-data.ts';

/** Slack's buttons that open an address; they need no app. */
export function linkButtons(links: GroupLinks | undefined): object[] {
  const { search, rule, silence } = links ?? {};
  return Object.entries({ Search: search, Rule: rule, Silence: silence }).flatMap(([text, url]) =>
    url === undefined ? [] : [{ type: 'button', text, url }],
  );
}
