import './colors.css';
import './shell/shell.css';
import './base/release.ts';
import { render } from 'preact';
import { firstWorkDone } from './base/first-work.ts';
import { route } from './base/route.ts';
import { begin } from './logs/state.ts';
import { Shell } from './shell/shell.tsx';

// The search is on its way while the page is drawn.
if (route.peek().view === 'logs') begin();
else firstWorkDone();
render(<Shell />, document.getElementById('page')!);
