// The live tail: the newest events on top, as they come.

import { at, element } from './dom.js';
import { hitRow } from './hits.js';
import { count } from './text.js';

const MAX_ROWS = 500;

/**
 * Follows the query until `close` of what it returns. `on.open`: connected, also again; `on.lost`: the connection broke and
 * is tried again; `on.refused`: the server does not want to; `on.ended`: it does not want to go on, and says why.
 */
export function follow(query, token, narrow, on) {
  const params = new URLSearchParams({ query, last: '50' });
  if (token !== '') params.set('token', token);
  const source = new EventSource(`/api/tail?${params}`);
  const waiting = [];
  const show = () => {
    const rows = waiting.splice(0).slice(-MAX_ROWS).reverse();
    at('hits').prepend(
      ...rows.map(entry => (typeof entry === 'string' ? element('li', 'notice', entry) : hitRow(entry, narrow))),
    );
    while (at('hits').childElementCount > MAX_ROWS) at('hits').lastChild.remove();
    if (rows.length > 0) on.shown();
  };
  const add = entry => {
    if (waiting.push(entry) === 1) setTimeout(show, 100);
    if (waiting.length > 2 * MAX_ROWS) waiting.splice(0, MAX_ROWS);
  };
  // After a broken connection the browser asks again and the server sends the newest ones once more.
  source.addEventListener('open', () => {
    waiting.length = 0;
    at('hits').replaceChildren();
    on.open();
  });
  source.addEventListener('message', event => add(JSON.parse(event.data)));
  source.addEventListener('dropped', event =>
    add(`${count(JSON.parse(event.data).dropped)} events were too many to show here.`),
  );
  source.addEventListener('ended', event => {
    source.close();
    on.ended(JSON.parse(event.data).message);
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) on.refused();
    else on.lost();
  });
  return source;
}
