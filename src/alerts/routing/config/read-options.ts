import type { Located } from '../../../base/yaml/located.ts';
import type { OptionType } from './integrations.ts';
import { isNothing, type Reading } from './reading.ts';

/** The values of options, each as its type says. */
export function readOptions(
  written: ReadonlyMap<string, Located>,
  types: Readonly<Record<string, OptionType>>,
  reading: Reading,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of written) {
    const type = types[name];
    if (type === undefined) continue;
    const read = readOption(value, name, type, reading);
    if (read !== undefined) options[name] = read;
  }
  return options;
}

function readOption(at: Located, name: string, type: OptionType, reading: Reading): unknown {
  switch (type) {
    case 'text':
    case 'secret':
      return reading.text(at, name);
    case 'boolean':
      return reading.boolean(at, name);
    case 'number':
      return reading.number(at, name);
    case 'duration':
      return reading.duration(at, name);
    case 'texts':
      return reading.texts(at, name);
    case 'map':
      return Object.fromEntries(reading.textMap(at, name));
    case 'any':
      // An empty text is a text: a description that shall have none.
      return at.value === '' || !isNothing(at) ? at.value : undefined;
  }
}
