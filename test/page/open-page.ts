import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../support/browser.ts';

/** A real browser for the tests of a file; each test gets a page with a profile of its own. */
export class PageBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<PageBrowser> {
    const found = findBrowser();
    if (typeof found === 'string') throw new Error(found);
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    return new PageBrowser(await chromium.launch({ executablePath: found.path, args }));
  }

  /** `errors` collects what the page's scripts throw and what its policy refuses. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<{ page: Page; errors: string[] }> {
    const context = await this.#browser.newContext({
      viewport: { width: 1440, height: 900 },
      timezoneId: 'Asia/Seoul',
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(String(error)));
    page.on('console', message => {
      if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text());
    });
    await page.goto(url);
    return { page, errors };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** What axe finds against WCAG 2.2 AA: rule and element, a line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  // The script comes by the debugger: the policy of the page does not hold for it.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
    return found.violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}`));
  });
}
