import { randomBytes } from 'node:crypto';
import { Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { container } from '../../support/containers.ts';
import { randomCalls } from './random-calls.ts';
import { RandomScript } from './random-script.ts';
import { agrees, runScript } from './script-case.ts';
import { ScriptEngine } from './script-engine.ts';

// The same scripts here and on a real engine: what they give must be the same. Without Docker: the recorded cases (cases.test.ts).

const IMAGE = process.env['OPENSEARCH_2_IMAGE'] ?? 'opensearchproject/opensearch:2.19.3';
const SEED = Number(process.env['PAINLESS_SEED'] ?? 2026);
const SCRIPTS = Number(process.env['PAINLESS_SCRIPTS'] ?? 300);

const reason = await why();
if (reason !== true) process.stderr.write(`left out: Painless beside a real engine: ${reason}\n`);

/** What differs knowingly (decisions.txt, random-calls.ts), by what stands in the script. */
const DECIDED: readonly (readonly [what: RegExp, why: string])[] = [
  [/\.(?:strip|isBlank|repeat)\(|\.length\(\)/, 'methods of conditions'],
  [/(?:Integer|Long|Double|Float|Short|Byte)\.valueOf\(/, 'takes texts, too'],
  [/String\.join\(|\.join\(/, 'joins values of every type'],
  [/HashSet|Map|\[['\w]+:|toSet/, 'the order of a HashMap'],
  [/-?9223372036854775|2147483647|1234567890123/, 'which exception overflows throw'],
  [
    /\.with\(|adjustInto|'QQQ|Period\.|\.between\(|ofOffset|orElseThrow|Locale|getDisplayName/,
    'which exception misuse throws',
  ],
  [/-> \[x\]|-> 'i' \+|\.toArray\(|flatMap|arraycopy|new StringBuilder\(\)/, 'lambdas that give another type'],
  [/TimeZone|Date\(|listIterator|copySign|Comparator|Year|DateTimeFormatter/, 'texts of classes'],
  [/divideToIntegralValue|scaleByPowerOfTen|modPow/, 'scales of big numbers'],
];

const isDecided = (script: string): boolean => DECIDED.some(([what]) => what.test(script));

describe.skipIf(reason !== true)('Painless here and on a real engine', () => {
  const name = `longshore-test-painless-${randomBytes(4).toString('hex')}`;
  let engine: ScriptEngine;

  beforeAll(async () => {
    const started = await container(IMAGE, name)
      .withEnvironment({
        'discovery.type': 'single-node',
        DISABLE_SECURITY_PLUGIN: 'true',
        DISABLE_INSTALL_DEMO_CONFIG: 'true',
        'script.disable_max_compilations_rate': 'true',
        // The second compiler costs more than it saves.
        JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
        OPENSEARCH_JAVA_OPTS: '-Xms512m -Xmx512m',
      })
      .withExposedPorts(9200)
      .withWaitStrategy(Wait.forHttp('/_cluster/health?wait_for_status=yellow&timeout=1s', 9200))
      .withStartupTimeout(180_000)
      .start();
    engine = new ScriptEngine(`http://127.0.0.1:${started.getMappedPort(9200)}`);
  }, 300_000);

  afterAll(async () => {
    await command('docker', ['rm', '--force', '--volumes', name]);
  });

  async function differences(scripts: readonly string[]): Promise<unknown[]> {
    const answers = await engine.runAll(scripts);
    return scripts
      .map((script, i) => ({ script, engine: answers[i]!, longshore: runScript(script) }))
      .filter(({ engine, longshore }) => !agrees(longshore, engine) && !isKinder(longshore, engine));
  }

  test('random scripts', { timeout: 300_000 }, async () => {
    const scripts = Array.from({ length: SCRIPTS }, (_, i) => new RandomScript(SEED * 10_000 + i).text());
    expect(await differences(scripts)).toEqual([]);
  });

  test('random calls of the library', { timeout: 300_000 }, async () => {
    const scripts = randomCalls(SEED, 1)
      .map(({ script }) => script)
      .filter(script => !isDecided(script));
    expect(scripts.length).toBeGreaterThan(400);
    expect(await differences(scripts.filter((_, i) => i % 4 === 0))).toEqual([]);
  });
});

/** What the engine does not take at all: null for an int, a number compared with a boolean. */
const isKinder = (longshore: string, engine: string): boolean =>
  !longshore.startsWith('!') && /^!(?:refused|ClassCastException)$/.test(engine);

/** True when an engine can be started; else why not. */
async function why(): Promise<true | string> {
  const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { timeout_ms: 10_000 });
  if (version.code === 127) return 'there is no docker command';
  if (version.code !== 0) return version.err.split('\n').at(-1) || 'the engine does not answer';
  if ((await command('docker', ['image', 'inspect', IMAGE])).code === 0) return true;
  return `the image ${IMAGE} is not there`;
}
