import { messageOf } from '../core/errors.ts';
import { loadSettings, type Settings, type SettingsRequest } from './settings.ts';
import { loadUserContent } from './user-content.ts';
import { readUserFiles } from './user-files.ts';

export interface CheckReport {
  errors: string[];
  warnings: string[];
  notes: string[];
}

/** Everything that can be said of configuration, pipelines and rules without touching the network or the data. */
export async function checkAll(request: SettingsRequest): Promise<CheckReport> {
  const report: CheckReport = { errors: [], warnings: [], notes: [] };
  let settings: Settings;
  try {
    const loaded = loadSettings(request);
    settings = loaded.settings;
    report.notes.push(`configuration: ${loaded.file ?? 'defaults (no config/longshore.yaml)'}`);
    for (const name of loaded.unsetVariables) {
      report.warnings.push(`the variable ${name} is not set; the setting that names it counts as not written`);
    }
  } catch (error) {
    report.errors.push(...messagesOf(error));
    return report;
  }
  for (const [name, patterns] of [
    ['pipelines', settings.pipelines],
    ['rules', settings.rules],
  ] as const) {
    if (readUserFiles(patterns).length === 0) report.warnings.push(`${name}: no file matches ${String(patterns)}`);
  }
  try {
    const { pipelines, rules, warnings } = loadUserContent(settings, request.env);
    report.notes.push(`pipelines: ${pipelines.names.join(', ') || 'none'}`);
    report.notes.push(`rules: ${rules.map(rule => rule.name).join(', ') || 'none'}`);
    for (const { file, line, message } of warnings) {
      report.warnings.push(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);
    }
  } catch (error) {
    report.errors.push(...messagesOf(error));
  }
  return report;
}

function messagesOf(error: unknown): string[] {
  return error instanceof AggregateError ? error.errors.map(messageOf) : [messageOf(error)];
}
