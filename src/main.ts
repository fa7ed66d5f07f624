import { dispatch } from './cli/index.ts';
import { flushed } from './cli/output.ts';

// The only place that ends the process. A command returns its exit code; `run` returns when the service has stopped.
process.exitCode = await dispatch(process.argv.slice(2), process);
// What a pipe has not taken yet would be thrown away by `exit`.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Handles that a library left open must not keep a finished command alive.
process.exit();
