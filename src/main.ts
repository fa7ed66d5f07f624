import { dispatch } from './cli/index.ts';

// The only place that ends the process. A command returns its exit code; `run` returns when the service has stopped.
process.exitCode = await dispatch(process.argv.slice(2), process);
// Handles that a library left open must not keep a finished command alive.
process.exit();
