import { expect, test } from 'vitest';
import { type WindowPart, Windows } from '../../../src/inputs/beats/windows.ts';

/*
 * A story in words, and what the sender is told at each of them: `w3` a window of three events (`v3` of version 1), `e7` an
 * event with sequence 7, `p` a part of those since the last one, `d0` the first part is durable, `s0` its events go on one
 * by one, `?` nothing was told for a while, `!` the same while reading is paused, `.` the connection ends.
 */
const stories: Record<string, string> = {
  'a window is acknowledged with its last event': 'w2 e1 e2 p d0=2',
  'parts on the way are told only when time passes': 'w3 e1 e2 p d0 ?=2 ? e3 p ?=2 d1=3 ?',
  'nothing is told of what has a gap before it': 'w3 e1 p e2 p e3 p d2 ?=0 d0 ?=1 d1=3',
  'windows are acknowledged one after the other': 'w1 e1 p w2 e1 e2 p d1 ?=0 d0=1,2',
  'a window that waits behind another is not spoken of': 'w1 e1 p w2 e1 p d1 ?=0 d0=1 ?=1',
  'a sender who has not sent the rest hears it once': 'w3 ? e1 p d0 ?=1 ? ?',
  'while reading is paused the sender hears that we are alive': 'w3 !=0 e1 p d0 !=1 !=1',
  'a window that is shorter than announced ends with the next': 'w5 e1 e2 p w1 e1 p d0=2 d1=1',
  'a window of which nothing came is not answered': 'w5 w1 e1 p d0=1',
  'an empty window is answered at once, with what came last': 'w0=0 w1 e9 p d0=9 w0=9',
  'an empty window waits for its turn': 'w1 e1 p w0 d0=1,1',
  'sequences that go on from window to window': 'w2 e601 e602 p d0=602 w2 e603 p ?=0 d1 ?=603 e604 p d2=604',
  'version 1 hears of whole windows only': 'v3 e1 p d0 ? ! e2 e3 p ? d1=3',
  'events that go on one by one': 'w3 e1 e2 e3 p s0 d1 ?=1 d3 d2=3',
  'the last word tells what is durable': 'w3 e1 e2 p d0 .=2',
  'the last word is not said twice': 'w3 e1 e2 p d0 ?=2 .',
  'no last word where nothing is durable': 'w3 e1 e2 p .',
};

test.for(Object.entries(stories))('%s', ([, story]) => {
  const windows = new Windows();
  const parts: WindowPart[] = [];
  const lasts: number[] = [];
  for (const step of story.split(' ')) {
    const [what = '', expected = ''] = step.split('=');
    const number = Number(what.slice(1));
    let told: (Buffer | undefined)[] = [];
    switch (what[0]) {
      case 'w':
        told = windows.announce(2, number);
        lasts.length = 0;
        break;
      case 'v':
        told = windows.announce(1, number);
        lasts.length = 0;
        break;
      case 'e':
        expect(windows.hasRoom).toBe(true);
        windows.receive(number);
        lasts.push(number);
        break;
      case 'p':
        parts.push(windows.part());
        break;
      case 'd':
        told = windows.durable(parts[number]!);
        break;
      case 's':
        parts.push(...windows.split(parts[number]!, lasts));
        break;
      case '?':
      case '!':
        told = [windows.progress(what === '!')];
        break;
      case '.':
        told = [windows.lastWord()];
        break;
    }
    const sequences = told.filter(ack => ack !== undefined).map(ack => ack.readUInt32BE(2));
    expect(sequences.join(','), `at ${step}`).toBe(expected);
  }
});

test('there is no room for events before a window, and after its last one', () => {
  const windows = new Windows();
  expect(windows.hasRoom).toBe(false);
  windows.announce(2, 1);
  expect(windows.hasRoom).toBe(true);
  expect(windows.receive(1)).toBe(true);
  expect(windows.hasRoom).toBe(false);
});
