import { METHODS, STATUSES } from './access.ts';
import { type Dice, HOSTS, NAMES, NOUNS, WORDS } from './words.ts';

/** A JSON object a line, in the shapes of pino, zap, python-json-logger and ECS. */
export function jsonLine(dice: Dice): string {
  const time = dice.time();
  const msg = dice.sentence();
  switch (dice.next(4)) {
    case 0:
      return JSON.stringify({
        level: dice.pick([20, 30, 30, 30, 40, 50]),
        time: time.getTime(),
        pid: dice.next(30_000),
        hostname: dice.hex(12),
        reqId: `req-${dice.next(1e6).toString(36)}`,
        req: { method: dice.pick(METHODS), url: dice.path(), remoteAddress: dice.address() },
        res: { statusCode: dice.pick(STATUSES) },
        responseTime: dice.next(90_000) / 100,
        msg,
      });
    case 1:
      return JSON.stringify({
        level: dice.pick(LEVELS),
        ts: time.getTime() / 1000,
        caller: `${dice.pick(WORDS)}/${dice.pick(NOUNS)}.go:${dice.next(900)}`,
        msg,
        attempt: dice.next(5),
        [dice.pick(NOUNS)]: dice.hex(10),
        trace_id: dice.hex(32),
      });
    case 2:
      return JSON.stringify({
        timestamp: time.toISOString(),
        level: dice.pick(LEVELS).toUpperCase(),
        logger: `shop.${dice.pick(WORDS)}`,
        message: msg,
        user: { id: dice.next(1e6), name: dice.pick(NAMES) },
        amount: dice.next(1e5) / 100,
        items: Array.from({ length: dice.next(4) }, () => dice.next(1000)),
        cached: dice.once(2),
      });
    default:
      return JSON.stringify({
        '@timestamp': time.toISOString(),
        'log.level': dice.pick(LEVELS).toUpperCase(),
        message: msg,
        'service.name': `${dice.pick(WORDS)}-service`,
        'process.thread.name': `pool-${dice.next(4)}-thread-${dice.next(20)}`,
        'log.logger': `com.example.${dice.pick(WORDS)}.${dice.pick(NOUNS)}`,
        'client.ip': dice.address(),
        'url.path': dice.path(),
        'event.duration': dice.size(100_000),
      });
  }
}

/** `key=value` pairs as logrus, slog and Heroku's router write them. */
export function logfmtLine(dice: Dice): string {
  const time = dice.time().toISOString();
  switch (dice.next(3)) {
    case 0:
      return `time="${time.slice(0, 19)}Z" level=${dice.pick(LEVELS)} msg="${dice.sentence()}" component=${dice.pick(WORDS)} ${dice.pick(NOUNS)}=${dice.next(1e6)} duration=${dice.next(9000) / 10}ms`;
    case 1:
      return `time=${time} level=${dice.pick(LEVELS).toUpperCase()} msg="${dice.sentence()}" trace_id=${dice.hex(32)} user=${dice.pick(NAMES)} attempt=${dice.next(5)} cached=${dice.once(2)}`;
    default:
      return `at=info method=${dice.pick(METHODS)} path="${dice.path()}" host=${dice.pick(HOSTS)} request_id=${dice.hex(16)} fwd="${dice.address()}" connect=${dice.next(9)}ms service=${dice.next(900)}ms status=${dice.pick(STATUSES)} bytes=${dice.size(200)}`;
  }
}

/** One event of a Java program: a line of Spring Boot or logback; once in `TRACES` times with the lines of a stack trace behind it. */
export function javaLines(dice: Dice): string[] {
  const time = dice.time().toISOString();
  const isError = dice.once(TRACES);
  const level = isError ? 'ERROR' : dice.pick(LEVELS).toUpperCase();
  const logger = `com.example.${dice.pick(WORDS)}.${className(dice)}`;
  const thread = `http-nio-8080-exec-${dice.next(200)}`;
  const line = dice.once(2)
    ? `${time} ${level.padStart(5)} ${dice.next(30_000) + 1} --- [shop] [${thread.slice(0, 15).padStart(15)}] ${logger.padEnd(40)} : ${dice.sentence()}`
    : `${time.slice(0, 23).replace('T', ' ').replace('.', ',')} [${thread}] ${level.padEnd(5)} ${logger} - ${dice.sentence()}`;
  return isError ? [line, ...trace(dice)] : [line];
}
const TRACES = 20;

function trace(dice: Dice): string[] {
  const frames = (count: number): string[] =>
    Array.from(
      { length: count },
      () =>
        `\tat com.example.${dice.pick(WORDS)}.${className(dice)}.${dice.pick(NOUNS)}(${className(dice)}.java:${dice.next(900)})`,
    );
  const head = `java.lang.IllegalStateException: ${dice.sentence()}`;
  const lines = [head, ...frames(5 + dice.next(25))];
  if (dice.once(2)) lines.push(`Caused by: java.io.IOException: ${dice.sentence()}`, ...frames(3), '\t... 12 more');
  return lines;
}

function className(dice: Dice): string {
  const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
  return capital(dice.pick(NOUNS)) + capital(dice.pick(WORDS));
}

/** What nobody has written a pattern for. */
export function freeLine(dice: Dice): string {
  switch (dice.next(5)) {
    case 0:
      return `[worker-${dice.next(16)}] ${dice.sentence()}`;
    case 1:
      return `${dice.pick(NAMES)}@${dice.pick(HOSTS)} ~ ${dice.sentence()} (${dice.address()})`;
    case 2:
      return `>>> ${dice.path()} ${dice.next(1e5)} ${dice.hex(20)} ${dice.sentence()}`;
    case 3:
      return `${dice.sentence()}; ${dice.sentence()}; ${dice.sentence()}`;
    default:
      return `Tick ${dice.next(1e7)} | ${dice.pick(WORDS)} | ${dice.pick(NOUNS)} | ${dice.hex(8)} | ${dice.next(100)} %`;
  }
}

const LEVELS = ['debug', 'info', 'info', 'info', 'info', 'warn', 'error'];
