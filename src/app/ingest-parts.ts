import { join } from 'node:path';
import { Spool } from '../buffer/spool/spool.ts';
import { openIngest } from '../ingest/ingest.ts';
import { Intake } from '../ingest/intake.ts';
import { spoolDeps } from '../ingest/spool-deps.ts';
import { DockerInput } from '../inputs/docker/docker-input.ts';
import { FilesInput } from '../inputs/files/files-input.ts';
import { removeDeadSockets, SocketInputs } from '../inputs/inputs.ts';
import { JournaldInput } from '../inputs/journald/journald-input.ts';
import { NodePods } from '../inputs/kubernetes/node-pods.ts';
import { httpAddress } from '../web/address.ts';
import { WorkerGroup } from '../workers/group.ts';
import { OrphanSpools } from '../workers/orphans.ts';
import { SharedIntake } from '../workers/shared-intake.ts';
import type { Process, ProcessSpec } from './process-parts.ts';
import { ingestOf, workerOf } from './slices.ts';

const OWN = 'w0';
const WATERMARK_INTERVAL_MS = 1000;

/**
 * Intake of the whole process: its own spool `w0`, the workers that share the sockets, where there are some, and what
 * workers of an earlier configuration have left. A process that only indexes has the spool, for its dead letters.
 */
export function addIngestParts(parts: Process, spec: ProcessSpec): void {
  const { settings, roles } = spec;
  if (roles.has('ingest')) {
    addSpools(parts, spec);
    addInputs(parts, spec);
  } else if (roles.has('index')) {
    parts.add('replaySpool', ['data', 'ledger', 'sink'], async ({ data }) => {
      const spool = new Spool({ ...spoolDeps(ingestOf(settings), data.dir, OWN), onDurable: () => {} });
      // Hits of an earlier run with other roles stay where they are.
      await spool.open(0);
      return { value: spool, stop: signal => spool.close(signal) };
    });
  }
  // The ledger tells nothing before it knows what is here.
  parts.add('ledgerCounts', ['ledger', 'ingest', 'oldSpools', 'workers', 'replaySpool'], needed => {
    const { ledger, ingest, oldSpools, workers } = needed;
    const own = ingest?.spool ?? needed.replaySpool;
    ledger.follow(() => [
      ...(own === undefined ? [] : [own.ledger()]),
      ...(oldSpools?.ledgers() ?? []),
      ...(workers?.group.ledgers() ?? []),
    ]);
    return { value: true, start: () => ledger.start() };
  });
  // With the store running: chunks are offered, oldest first.
  parts.add('offers', ['storeStarted', 'handover', 'sink', 'ingest', 'oldSpools', 'workers', 'replaySpool'], needed => {
    const { ingest, oldSpools, workers, replaySpool } = needed;
    const { accept, concurrency } = needed.sink ?? { accept: async () => {}, concurrency: 1 };
    let isDone = false;
    void replaySpool?.offerTo(accept, concurrency).catch(() => {});
    const done = Promise.all([
      ingest?.spool.offerTo(accept, concurrency),
      oldSpools?.offerTo(accept, concurrency),
      workers?.group.adopted,
    ]).then(() => {
      isDone = true;
    });
    done.catch(() => {});
    return {
      value: {
        done,
        get isDone() {
          return isDone;
        },
      },
    };
  });
}

function addSpools(parts: Process, { settings }: ProcessSpec): void {
  const ingestSettings = ingestOf(settings);
  const names = settings.workers === 1 ? [] : Array.from({ length: settings.workers }, (_, i) => `w${i + 1}`);
  // Before any other spool lists its chunks.
  parts.add('oldSpools', ['data', 'hits', 'sink', 'ledger'], ({ data: { dir, node }, hits }) => {
    const oldSpools = new OrphanSpools({
      settings: ingestSettings,
      dataDir: dir,
      names,
      hits: (name, spool) => hits!.add(`${node}/${name}`, spool, false),
    });
    return { value: oldSpools, start: () => oldSpools.open(), stop: signal => oldSpools.stop(signal) };
  });
  if (names.length > 0) {
    parts.add('workers', ['data', 'definitions', 'hits', 'sink', 'ledger', 'oldSpools'], needed => {
      const { data, definitions, hits, sink } = needed;
      const { node } = data;
      const group = new WorkerGroup(
        {
          names,
          settings: workerOf(settings),
          node,
          sink: sink!,
          hits: (name, spool) => hits!.add(`${node}/${name}`, spool, true),
        },
        definitions.current.texts,
      );
      definitions.follow({
        prepare: (texts, version) => group.prepare(texts, version),
        apply: ({ texts }, version) => group.commit(texts, version),
      });
      const opened = group.start();
      opened.catch(() => {});
      return { value: { group, opened }, stop: (_signal, msLeft) => group.stop(msLeft()) };
    });
  }
  // `evaluator`: what the last frames bring is evaluated.
  const needs = ['data', 'definitions', 'hits', 'evaluator', 'sink', 'ledger', 'oldSpools', 'workers'] as const;
  parts.add('ingest', needs, async ({ data, definitions, hits, oldSpools, workers }) => {
    const old = oldSpools!;
    const ingest = await openIngest(
      {
        settings: ingestSettings,
        dataDir: data.dir,
        worker: OWN,
        definitions: definitions.current,
        hits: spool => hits!.add(`${data.node}/${OWN}`, spool, true),
        ownsChunksOf: worker => !names.includes(worker) && !old.names.includes(worker),
      },
      (...deps) => {
        if (workers !== undefined) return new SharedIntake(workers.group.peers, ...deps);
        if (old.names.length === 0) return new Intake(...deps);
        return SharedIntake.afterSeveral(OWN, key => old.isAccepted(key), ...deps);
      },
    );
    definitions.follow({ apply: async content => ingest.intake.replace(content) });
    return { value: ingest, stop: signal => ingest.close(signal) };
  });
  // What waits is with those who join it now, and all know which frames are durable.
  parts.add('handover', ['ingest', 'oldSpools', 'workers'], async ({ ingest, oldSpools, workers }) => {
    const { intake, spool } = ingest!;
    if (intake instanceof SharedIntake) {
      for (const keys of [spool.acceptedKeys(), ...oldSpools!.acceptedKeys()]) workers?.group.recovered(keys);
      await workers?.opened;
      await intake.moveStrangers();
      await oldSpools!.movePieces(intake.peers, names[0] ?? OWN);
    }
    return { value: true };
  });
}

function addInputs(parts: Process, { settings, env }: ProcessSpec): void {
  parts.add('watermark', ['ingest', 'web'], ({ ingest }) => {
    const { intake, hits } = ingest!;
    const timer = setInterval(() => hits.watermark(intake.watermark(Date.now())), WATERMARK_INTERVAL_MS).unref();
    return { value: timer, stop: () => clearInterval(timer) };
  });
  // Last of all: senders may come.
  parts.add('inputs', ['ingest', 'workers', 'watermark'], ({ ingest, workers }) => {
    const { spool, intake } = ingest!;
    if (workers === undefined) {
      const inputs = new SocketInputs(settings.inputs, intake);
      return {
        value: inputs,
        start: () => inputs.start(),
        stop: async signal => {
          spool.prepareToClose();
          await inputs.stop(signal);
        },
      };
    }
    const { group } = workers;
    return {
      value: group,
      start: async () => {
        await removeDeadSockets(settings.inputs);
        await group.serve();
      },
      stop: async (_signal, msLeft) => {
        spool.prepareToClose();
        await group.stopInputs(msLeft());
      },
    };
  });
  addReaders(parts, settings, env);
}

/** What reads by itself: in this process alone, whatever workers there are, for a file has one reader, and so has an engine. */
function addReaders(parts: Process, settings: ProcessSpec['settings'], env: NodeJS.ProcessEnv): void {
  const { files: entries, kubernetes, journald, docker } = settings.inputs;
  if (entries.length > 0)
    parts.add('files', ['data', 'ingest', 'inputs'], ({ data, ingest }) => {
      const pods = kubernetes === false ? undefined : new NodePods(kubernetes);
      const deps = { consumer: ingest!.intake, dir: join(data.dir, 'files'), ownDir: data.dir, pods };
      const files = new FilesInput(entries, deps);
      return {
        value: files,
        start: async () => {
          await pods?.start();
          await files.start();
        },
        stop: async signal => {
          await files.stop(signal);
          await pods?.stop(signal);
        },
      };
    });
  if (journald !== false)
    parts.add('journald', ['data', 'ingest', 'inputs'], ({ data, ingest }) => {
      const deps = { consumer: ingest!.intake, dir: join(data.dir, 'journald') };
      const input = new JournaldInput(journald, deps);
      return { value: input, start: () => input.start(), stop: signal => input.stop(signal) };
    });
  if (docker !== false)
    parts.add('docker', ['data', 'ingest', 'inputs'], ({ data, ingest, inputs }) => {
      const { port: httpPort } = httpAddress(settings.http.address);
      const ownPorts = new Set([httpPort, ...Object.values(inputs?.ports ?? {}).filter(port => port !== undefined)]);
      const deps = { consumer: ingest!.intake, dir: join(data.dir, 'docker'), env, ownPorts };
      const input = new DockerInput(docker, deps);
      return { value: input, start: () => input.start(), stop: signal => input.stop(signal) };
    });
}
