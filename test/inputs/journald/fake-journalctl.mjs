#!/usr/bin/env node
// A journalctl whose journal is a file of JSON lines, named by --directory; it says there how it was called.
import { appendFileSync, readFileSync, writeSync } from 'node:fs';

const args = process.argv.slice(2);
const folder = args.find(arg => arg.startsWith('--directory=')).slice(12);
appendFileSync(`${folder}/calls`, `${args.filter(arg => !arg.startsWith('--directory=')).join(' ')}\n`);
const value = name => args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const lines = () => readFileSync(`${folder}/journal`, 'utf8').split('\n').slice(0, -1);
const cursorOf = line => /"__CURSOR":"(.*?)"/.exec(line)?.[1];

if (value('lines') === '1') {
  writeSync(1, lines().slice(-1).map(line => `${line}\n`).join(''));
  process.exit(0);
}
let next = 0;
const after = value('after-cursor');
if (after !== undefined) {
  next = lines().findIndex(line => cursorOf(line) === after) + 1;
  if (next === 0) {
    writeSync(2, 'Failed to seek to cursor: Invalid argument\n');
    process.exit(1);
  }
}
const since = value('since');
if (since !== undefined) {
  const isLate = line => Number(/"__REALTIME_TIMESTAMP":"(\d+)"/.exec(line)?.[1]) >= Number(since.slice(1)) * 1e6;
  next = lines().findIndex(isLate);
}
const show = () => {
  const all = lines();
  const text = all.slice(next).map(line => `${line}\n`).join('');
  next = all.length;
  if (text !== '') process.stdout.write(text);
  if (all.at(-1) === 'end') process.exit(1);
};
show();
setInterval(show, 20);
