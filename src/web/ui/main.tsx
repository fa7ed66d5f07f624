import './colors.css';
import './shell/shell.css';
import { render } from 'preact';
import { Shell } from './shell/shell.tsx';

render(<Shell />, document.getElementById('page')!);
