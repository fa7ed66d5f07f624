import { settingsSchema } from '../../app/settings.ts';
import { renderReference } from '../../config/reference.ts';
import { PAGES, renderPage } from '../pipeline-reference/render.ts';
import { commandsPage } from './commands-page.ts';
import { errorsPage } from './errors-page.ts';
import { grokPatternsPage } from './grok-patterns-page.ts';
import { metricsPage } from './metrics-page.ts';

/** The pages of `docs/reference` that are made from the code: file name -> Markdown. */
export async function referencePages(): Promise<{ readonly [file: string]: string }> {
  return {
    ...Object.fromEntries(PAGES.map(name => [`${name}.md`, renderPage(name)])),
    'command-line.md': await commandsPage(),
    'errors.md': errorsPage(),
    'grok-patterns.md': grokPatternsPage(),
    'metrics.md': await metricsPage(),
    'settings.md': renderReference(settingsSchema),
  };
}
