import { expect, test } from 'vitest';
import { withDefaults } from '../../../src/base/options.ts';
import { filesInputSchema } from '../../../src/inputs/files/options.ts';
import { kubernetesFindings } from '../../../src/inputs/kubernetes/check.ts';
import { kubernetesSchema } from '../../../src/inputs/kubernetes/options.ts';

const reading = (path: string) => [withDefaults(filesInputSchema.items, { paths: [path] })];
const told = async (options: object, path: string): Promise<string[]> => {
  const all = withDefaults(kubernetesSchema, { node_name: 'node-1', ...options });
  return (await kubernetesFindings(all, reading(path))).map(({ severity, where }) => `${severity} ${where}`);
};

test('`check` says what is missing for the pods to be known', async () => {
  const there = { token_file: import.meta.filename, ca_file: import.meta.filename };
  expect(await told(there, '/var/log/containers/*.log')).toEqual(['ok inputs.kubernetes']);
  expect(await told(there, '/srv/app.log')).toEqual(['warning inputs.kubernetes']);
  expect(await told({ token_file: '/no/token', ca_file: '/no/ca' }, '/var/log/pods/*/*/*.log')).toEqual([
    ...['warning inputs.kubernetes.token_file', 'warning inputs.kubernetes.ca_file'],
  ]);
  expect(
    await told({ ...there, ca_file: '/no/ca', api_url: 'http://127.0.0.1:8001' }, '/var/log/containers/*'),
  ).toEqual(['ok inputs.kubernetes']);
  expect(await kubernetesFindings(false, [])).toEqual([]);
});
