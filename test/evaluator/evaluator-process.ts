import { AlertEvaluator } from '../../src/evaluator/evaluator.ts';
import { evaluatorRules, type ProcessOptions } from './evaluator-rules.ts';

// A process that may evaluate, to be killed or stopped: tells on standard output when it became active.
const { options, node, rules, settings, silentMs } = JSON.parse(process.argv[2]!) as ProcessOptions;
const evaluator = new AlertEvaluator({
  options,
  node,
  rules: evaluatorRules(rules),
  settings,
  ...(silentMs === undefined ? {} : { silentMs }),
});
await evaluator.start();
let last = '';
const watch = setInterval(() => {
  const { state } = evaluator.status();
  if (state !== last) process.stdout.write(`${state}\n`);
  last = state;
}, 10);
process.on('SIGTERM', () => {
  clearInterval(watch);
  void evaluator.stop(AbortSignal.timeout(5000)).then(() => process.stdout.write('stopped\n', () => process.exit(0)));
});
