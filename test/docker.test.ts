import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { longshore } from './cli/support.ts';
import { Gateway } from './store/elasticsearch/gateway.ts';
import { command } from './support/command.ts';

interface Service {
  image?: string;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  command?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  logging?: { driver: string; options?: Record<string, string> };
  read_only?: boolean;
  [more: string]: unknown;
}

const compose = parse(readFileSync('docker/compose.yaml', 'utf8')) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
/** What starts with these profiles. */
const started = (...profiles: string[]) =>
  services
    .filter(([, { profiles: of }]) => of === undefined || of.some(each => profiles.includes(each)))
    .map(([name]) => name);
const configFile = (env: Record<string, string>): string => {
  const text = compose.services['longshore']!.command!.join(' ');
  return /--config (\S+)/
    .exec(text)![1]!
    .replace(/\$\{LONGSHORE_CONFIG:-(\w+)\}/, (_, or) => env['LONGSHORE_CONFIG'] ?? or);
};
const scaleEnv = Object.fromEntries(
  readFileSync('docker/scale.env', 'utf8')
    .split('\n')
    .flatMap(line => {
      const match = /^(\w+)=(.*)$/.exec(line);
      return match === null ? [] : [[match[1]!, match[2]!]];
    }),
);

describe('docker/compose.yaml', () => {
  test('longshore alone by default; each profile adds its part', () => {
    expect(started()).toEqual(['longshore']);
    expect(started('demo')).toEqual(['longshore', 'demo', 'web']);
    expect(started('scale')).toEqual(['longshore', 'redis', 'elasticsearch', 'kibana', 'kibana-data-view', 'grafana']);
    expect(scaleEnv).toEqual({ COMPOSE_PROFILES: 'scale', LONGSHORE_CONFIG: 'scale' });
  });

  test('ports are published on loopback, and no two alike', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports).toEqual(
      expect.arrayContaining([
        '127.0.0.1:24224:24224',
        '127.0.0.1:9880:9880',
        '127.0.0.1:5601:5601',
        '127.0.0.1:3000:3000',
      ]),
    );
  });

  test('what is mounted exists: declared volumes, files of the repository', () => {
    const used = new Set<string>();
    for (const [, service] of services) {
      for (const volume of service.volumes ?? []) {
        const [source, target] = volume.split(':') as [string, string];
        expect(target).toMatch(/^\//);
        if (source.startsWith('.')) expect(existsSync(join('docker', source)), volume).toBe(true);
        else used.add(source);
      }
    }
    expect([...used].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('who waits for a service waits for its health, and those that last have a check and a volume', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe('service_healthy');
        // That of longshore is in its image.
        const check = compose.services[other]!.healthcheck?.test ?? dockerfile.includes('HEALTHCHECK');
        expect(check, `${name} waits for ${other}`).toBeTruthy();
      }
    }
    const { redis, elasticsearch } = compose.services['longshore']!.depends_on!;
    expect([redis, elasticsearch].every(each => each!.required === false)).toBe(true);
    for (const name of ['longshore', 'redis', 'elasticsearch', 'kibana', 'grafana']) {
      expect(compose.services[name]!.volumes?.length, name).toBeGreaterThan(0);
    }
  });

  test("longshore's own logs, and those of what it needs, do not go to itself", () => {
    for (const [name, { logging }] of services) expect(logging?.driver).toBe(name === 'web' ? 'fluentd' : 'local');
    expect(compose.services['longshore']).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(compose.services['web']!.logging!.options).toMatchObject({
      'fluentd-request-ack': 'true',
      mode: 'non-blocking',
    });
  });

  test('images are pinned to a major version at least', () => {
    for (const [name, { image }] of services) {
      const version = /:(?:\$\{\w+:-)?v?(\d+)/.exec(image ?? '')?.[1];
      if (image !== 'longshore') expect(version, `${name}: ${image}`).toBeDefined();
    }
  });

  test('Redis keeps what it has, and its memory is more than the budget of the configuration', () => {
    const args = compose.services['redis']!.command!.join(' ');
    expect(args).toContain('--appendonly yes');
    expect(args).toContain('--maxmemory-policy noeviction');
    const { buffer } = parse(readFileSync('docker/scale.yaml', 'utf8')) as { buffer: { max_bytes: string } };
    expect(/--maxmemory (\d+)gb/.exec(args)![1]).toBe('1');
    expect(buffer.max_bytes).toBe('800MB');
  });

  test.for([{}, scaleEnv])('the configuration with %o has no mistakes and names services of this file', async env => {
    const file = configFile(env);
    expect(existsSync(file)).toBe(true);
    expect(dockerfile).toMatch(new RegExp(`^COPY .*${file.replaceAll('.', '\\.')} `, 'm'));
    const { code, out } = await longshore(['check', '--offline', '--config', file]);
    expect({ code, errors: /(\d+) errors?/.exec(out)?.[1] }, out).toEqual({ code: 0, errors: '0' });
    for (const [, host] of readFileSync(file, 'utf8').matchAll(/\w+:\/\/([a-z]+):/g)) {
      expect(Object.keys(compose.services)).toContain(host);
    }
  });
});

describe('what is provisioned', () => {
  test("Grafana's data source is the daily indices, with the fields of our events", () => {
    const { apiVersion, datasources } = parse(readFileSync('docker/grafana/datasources.yaml', 'utf8')) as {
      apiVersion: number;
      datasources: { type: string; url: string; jsonData: Record<string, unknown> }[];
    };
    expect({ apiVersion, sources: datasources.length }).toEqual({ apiVersion: 1, sources: 1 });
    expect(datasources[0]).toMatchObject({
      type: 'elasticsearch',
      url: 'http://elasticsearch:9200',
      jsonData: {
        index: '[docker-logs-]YYYY.MM.DD',
        interval: 'Daily',
        timeField: '@timestamp',
        logMessageField: 'message',
        logLevelField: 'level',
      },
    });
  });

  test('the data view of Kibana is made by its API, and again without harm', async () => {
    const kibana = await Gateway.start(() => ({ status: 200, body: {} }));
    try {
      for (let i = 0; i < 2; i++) {
        const { code, err } = await command('bash', ['docker/kibana/data-view.sh'], {
          env: { KIBANA_URL: kibana.url },
        });
        expect({ code, err }).toEqual({ code: 0, err: '' });
      }
    } finally {
      await kibana.close();
    }
    const asked = kibana.asked.map(({ method, path, headers, body }) => ({
      what: `${method} ${path}`,
      xsrf: headers['kbn-xsrf'] !== undefined,
      body: JSON.parse(body.toString()) as object,
    }));
    const view = {
      what: 'POST /api/data_views/data_view',
      xsrf: true,
      body: {
        override: true,
        data_view: { id: 'docker-logs', name: 'Longshore', title: 'docker-logs-*', timeFieldName: '@timestamp' },
      },
    };
    const isDefault = {
      what: 'POST /api/data_views/default',
      xsrf: true,
      body: { data_view_id: 'docker-logs', force: true },
    };
    expect(asked).toEqual([view, isDefault, view, isDefault]);
  });

  test('a refusal of Kibana is a failure, so that it is tried again', async () => {
    const kibana = await Gateway.start(() => ({ status: 400, body: { message: 'no' } }));
    try {
      const { code } = await command('bash', ['docker/kibana/data-view.sh'], { env: { KIBANA_URL: kibana.url } });
      expect(code).not.toBe(0);
    } finally {
      await kibana.close();
    }
  });
});

const dockerfile = readFileSync('docker/Dockerfile', 'utf8');

describe('docker/Dockerfile', () => {
  test('copies what exists, runs as nobody special, and ends on SIGTERM', () => {
    for (const [, from] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const path of from!.split(' ')) expect(statSync(path), path).toBeDefined();
    }
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node"/m);
  });
});

describe('config/systemd/longshore.service', () => {
  const unit = readFileSync('config/systemd/longshore.service', 'utf8');

  test('has a home of its own, reloads, and gives the drain its time', () => {
    for (const line of ['DynamicUser=yes', 'StateDirectory=longshore', 'KillMode=mixed', 'ProtectSystem=strict']) {
      expect(unit).toContain(`\n${line}\n`);
    }
    expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
    expect(unit).toMatch(
      /^ExecStart=.* run --config \/etc\/longshore\/longshore\.yaml --set data_dir=\/var\/lib\/longshore$/m,
    );
    // V8 writes code to memory and runs it.
    expect(unit).not.toContain('MemoryDenyWriteExecute=yes');
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(10);
  });

  test.runIf(existsSync('/usr/bin/systemd-analyze'))('is what systemd understands', async () => {
    const { code, out, err } = await command('systemd-analyze', [
      'verify',
      '--man=no',
      'config/systemd/longshore.service',
    ]);
    expect({ code, out, err: err.split('\n').filter(line => line.includes('longshore.service')) }).toEqual({
      code: 0,
      out: '',
      err: [],
    });
  });
});
