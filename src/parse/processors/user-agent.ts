import { didYouMean } from '../../base/text/did-you-mean.ts';
import { newFields } from '../../core/event.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { BuildContext, ProcessorKind } from '../processor.ts';
import { deviceTypeOf } from '../user-agents/device-type.ts';
import { readRegexFile } from '../user-agents/regex-file.ts';
import { UserAgents } from '../user-agents/user-agent.ts';
import { subject } from './subject.ts';

const PROPERTIES = ['name', 'version', 'os', 'device', 'original'] as const;

/** From before ECS; they give nothing. */
const OLD_PROPERTIES: ReadonlySet<string> = new Set('major minor patch build os_name os_major os_minor'.split(' '));

let userAgents: UserAgents | undefined;

/** Made when the first pipeline asks for it. */
function shipped(): UserAgents {
  userAgents ??= new UserAgents();
  return userAgents;
}

/**
 * `user_agent`: field, target_field (default `user_agent`), properties, ignore_missing, extract_device_type. Names and
 * versions are those of uap-core's rules, as in Elasticsearch, or of `regex_file`, a file of that form beside the pipeline.
 */
export const userAgent: ProcessorKind = {
  name: 'user_agent',
  build(options, context) {
    const source = options.path('field');
    const target = options.path('target_field', 'user_agent');
    const properties = new Set(options.strings('properties', [...PROPERTIES]).map(name => name.toLowerCase()));
    const unknown = [...properties].find(name => !PROPERTIES.includes(name as never) && !OLD_PROPERTIES.has(name));
    if (unknown !== undefined)
      options.problem(
        'LS_PIPELINE_OPTION',
        `processor user_agent has no property "${unknown}".`,
        didYouMean(unknown, PROPERTIES, '"') ?? `There are ${PROPERTIES.join(', ')}.`,
        options.located('properties')?.where,
      );
    const ignoreMissing = options.boolean('ignore_missing', false);
    const tellsType = options.boolean('extract_device_type', false);
    options.boolean('ecs', true);
    const agents = rulesOfFile(options, context) ?? shipped();
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const found = agents.parse(text);
      const { agent, system, device } = found;
      const out = newFields();
      if (properties.has('name')) out['name'] = agent.name;
      if (properties.has('version') && agent.version !== undefined) out['version'] = agent.version;
      if (properties.has('os') && system !== undefined) {
        const os = newFields();
        os['name'] = system.name;
        if (system.version !== undefined) {
          os['version'] = system.version;
          os['full'] = `${system.name} ${system.version}`;
        }
        out['os'] = os;
      }
      if (properties.has('device')) {
        const fields = newFields();
        fields['name'] = device.name;
        if (tellsType) fields['type'] = deviceTypeOf(found);
        out['device'] = fields;
      }
      if (properties.has('original')) out['original'] = text;
      return target.set(event, state, out);
    };
  },
};

/** Undefined: none is asked for, or it is a mistake, or there are no files here. */
function rulesOfFile(options: OptionReader, context: BuildContext): UserAgents | undefined {
  const name = options.string('regex_file', undefined);
  if (name === undefined) return undefined;
  return options.attempt('regex_file', () => {
    const text = context.file(name);
    return text === undefined ? undefined : readRegexFile(name, text);
  });
}
