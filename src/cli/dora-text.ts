import { durationText, SECOND_MS } from '../base/time/duration.ts';
import type { DoraAnswer, DoraBand, DoraFigures } from '../core/api/dora.ts';
import { type Paint, printable } from './format.ts';

const MAX_NAME = 40;
const GREY = 90;
const HEAD = ['SERVICE', 'DEPLOYS', 'A DAY', 'LEAD TIME', 'FAILED', 'INCIDENTS', 'TO RESTORE'];

/** A line for each service, and one for all, with the band of DORA behind each key. */
export function doraText({ from, to, services, total, notes }: DoraAnswer, paint: Paint): string {
  const shown = services.map(({ service, ...figures }) => row(service === '' ? '(no service)' : service, figures));
  const rows = [HEAD, ...shown, row('all', total)];
  const widths = HEAD.map((_, i) => Math.max(...rows.map(cells => cells[i]!.length)));
  const lines = rows.map((cells, i) => {
    const line = cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ');
    return i === 0 ? paint(GREY, line) : line;
  });
  const span = `from ${from.slice(0, 10)} to ${to.slice(0, 10)}`;
  return `${[...lines, '', paint(GREY, span), ...notes.map(printable)].join('\n')}\n`;
}

function row(name: string, figures: DoraFigures): string[] {
  const { deployments, deployments_per_day: perDay, failed_deployments: failed, incidents, bands } = figures;
  const open = figures.open_incidents === 0 ? '' : ` (${figures.open_incidents} open)`;
  const ratio = figures.change_failure_ratio;
  return [
    short(printable(name)),
    String(deployments),
    withBand(deployments === 0 ? undefined : String(Math.round(perDay * 100) / 100), bands.deployments),
    withBand(duration(figures.lead_time_seconds), bands.lead_time),
    withBand(ratio === null ? undefined : `${failed}, ${Math.round(ratio * 100)} %`, bands.change_failure),
    `${incidents}${open}`,
    withBand(duration(figures.time_to_restore_seconds), bands.time_to_restore),
  ];
}

const duration = (seconds: number | null): string | undefined =>
  seconds === null ? undefined : durationText(seconds * SECOND_MS);

const withBand = (text: string | undefined, band: DoraBand | undefined): string =>
  text === undefined ? '-' : band === undefined ? text : `${text} ${band}`;

const short = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name);
