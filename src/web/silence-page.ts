import type { SilenceOffer, SilenceView } from '../core/api/silences.ts';

/** No script, nothing from elsewhere; its form goes back to where it came from. */
export const SILENCE_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const DURATIONS = [
  ['30m', '30 minutes'],
  ['2h', '2 hours'],
  ['8h', '8 hours'],
  ['1d', '1 day'],
] as const;
const DEFAULT_DURATION = '2h';

/** Asks whether to silence an alert. */
export function offerPage({ title, text, state, rule }: SilenceOffer): string {
  const durations = DURATIONS.map(([value, name]) => {
    const checked = value === DEFAULT_DURATION ? ' checked' : '';
    return `<label><input type="radio" name="duration" value="${value}"${checked}> ${name}</label>`;
  }).join('\n  ');
  return page(
    'Silence this alert?',
    `<p><strong>${escaped(title)}</strong> (${escaped(rule)}, ${escaped(state)})</p>
<p>Nobody is told of alerts with these labels meanwhile: <code>${escaped(text)}</code></p>
<form method="post">
<p>${durations}</p>
<p><label>Who: <input name="created_by" maxlength="100" autocomplete="name"></label></p>
<p><label>Why: <input name="comment" maxlength="500"></label></p>
<p><button type="submit">Silence it</button></p>
</form>`,
  );
}

/** Says that it is done. */
export function silencedPage({ text, ends_at, id }: SilenceView): string {
  return page(
    'It is silenced',
    `<p>Until ${escaped(ends_at)}: <code>${escaped(text)}</code></p>
<p>To end it before: <code>longshore silence expire ${escaped(id)}</code></p>`,
  );
}

export function refusedPage(what: string): string {
  return page('This does not work', `<p>${escaped(what)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="/ui/colors.css">
<link rel="stylesheet" href="/ui/silence.css">
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

/** As text of HTML; what turns the reading direction is left out. */
function escaped(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ')
    .replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
}
