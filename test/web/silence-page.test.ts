import { expect, test } from 'vitest';
import { offerPage, refusedPage, SILENCE_PAGE_POLICY, silencedPage } from '../../src/web/silence-page.ts';

const ODD = '<script>alert(1)</script>"\'& \u202egnp';

test('what an event says is text on the page behind a link, and nothing else', () => {
  const silence = {
    ...{ id: ODD, state: 'active' as const, matchers: [], text: ODD, created_by: ODD, comment: ODD },
    ...{ starts_at: '2026-11-20T12:00:00.000Z', ends_at: '2026-11-20T14:00:00.000Z', updated_at: ODD },
  };
  for (const page of [
    offerPage({ rule: ODD, text: ODD, title: ODD, state: 'firing' }),
    silencedPage(silence),
    refusedPage(ODD),
  ]) {
    expect(page).not.toMatch(/<script|alert\(1\)<|\u202e/);
    expect(page).toContain('&#60;script&#62;');
  }
  expect(SILENCE_PAGE_POLICY).not.toContain('unsafe');
});
