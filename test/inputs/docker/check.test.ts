import { expect, test } from 'vitest';
import { loadWithMistakes } from '../../../src/app/check/settings.ts';
import { withDefaults } from '../../../src/base/options.ts';
import { engineFindings } from '../../../src/inputs/docker/check.ts';
import { mendAccess } from '../../../src/inputs/docker/engine.ts';
import { type DockerInputOptions, dockerInputSchema } from '../../../src/inputs/docker/options.ts';
import { FakeEngine } from './fake-engine.ts';
import { idOf } from './support.ts';

const check = (options: Partial<DockerInputOptions>) =>
  engineFindings(withDefaults(dockerInputSchema, options), {}, 300);

test('`check` says which engine answers, how many containers are read, and which keep no log', async ({
  onTestFinished,
}) => {
  const engine = new FakeEngine();
  onTestFinished(() => engine.remove());
  await engine.start();
  engine.run({ id: idOf('a'), name: 'web' });
  engine.run({ id: idOf('b'), name: 'quiet', driver: 'none' });
  engine.run({ id: idOf('c'), labels: { 'longshore.enable': 'false' } });
  const [found, silent] = await check({ socket: engine.socket });
  expect(found!.severity).toBe('ok');
  expect(found!.what).toBe(`docker: engine 28.0.0 (API 1.47) at ${engine.socket}, 2 of 3 containers are read`);
  expect(silent).toMatchObject({ severity: 'warning', where: 'inputs.docker' });
  expect(silent!.what).toMatch(/^the log of quiet is not read: /);
  const [, none] = await check({ socket: engine.socket, include: [{ name: 'no-such' }] });
  expect(none!.what).toBe('no container of the engine is read.');
  engine.instead.set('/containers/json', (_, response) => response.writeHead(403).end('{"message":"Forbidden"}'));
  expect(await check({ socket: engine.socket })).toMatchObject([
    {
      severity: 'error',
      what: 'Forbidden',
      fix: expect.stringContaining('Let GET of containers'),
      code: 'LS_INPUTS_DOCKER_REFUSED',
    },
  ]);
});

test.each([
  ['/there/is/none.sock', 'there is no such socket'],
  ['tcp://127.0.0.1:1', 'nobody listens there'],
])('%s: %s', async (socket, why) => {
  const [found] = await check({ socket });
  expect(found!.severity).toBe('error');
  expect(found!.what).toContain(why);
  expect(found!.fix).toBe('Start it, or correct inputs.docker.socket.');
});

test('who may not open the socket reads which group to join', () => {
  expect(mendAccess({ name: '', socketPath: '/run/docker.sock' })).toMatch(
    /usermod -aG docker \S+, .*--group-add \$\(stat -c %g \/run\/docker.sock\)/,
  );
});

test.each(['tcp://engine:2376', 'unix:///var/run/docker.sock'])(
  'files of TLS that are not there are a mistake of the settings, at %s',
  socket => {
    const set = [`inputs.docker={socket: '${socket}', tls: {ca_file: /nowhere/ca.pem}}`];
    const { mistakes } = loadWithMistakes({ config: 'test/app/empty.yaml', set, env: {} });
    expect(mistakes).toMatchObject([{ code: 'LS_CONFIG_TLS_FILE', fix: expect.stringContaining('Correct the path') }]);
  },
);
