/** Text -> what it is, in one way of writing. */
export const READ: readonly (readonly [text: string, same: string])[] = [
  ['service="api"', '{service="api"}'],
  ['{service="api"}', '{service="api"}'],
  ['service=api', '{service="api"}'],
  [' service = api ', '{service="api"}'],
  [
    '{ service="api" , level=~"ERROR|FATAL",host!=test, tag!~^x }',
    '{service="api",level=~"ERROR|FATAL",host!="test",tag!~"^x"}',
  ],
  ['a="b",', '{a="b"}'],
  ['{}', '{}'],
  ['', '{}'],
  ['a=', '{a=""}'],
  ['a=""', '{a=""}'],
  ['a="x, y"', '{a="x, y"}'],
  ['a="say \\"hi\\""', '{a="say \\"hi\\""}'],
  ['a="c:\\\\d"', '{a="c:\\\\d"}'],
  ['a="\\d+"', '{a="\\\\d+"}'],
  ['a="line\\nbreak"', '{a="line\\nbreak"}'],
  ['a=two words', '{a="two words"}'],
  ['{a="b"', '{a="b"}'],
  ['a=b=c', '{a="b=c"}'],
  // The classic way has no such names.
  ['"docker.container"="web"', '{"docker.container"="web"}'],
  ['docker.container=web', '{"docker.container"="web"}'],
  ['größe="\\u00df"', '{"größe"="ß"}'],
  ['{größe=a,}', '{"größe"="a"}'],
];

/** No matchers. */
export const REFUSED = [
  'a',
  '=b',
  'a=="',
  'a="b',
  'a=b"',
  'a="b"c"',
  'a~b',
  'a="b"}}',
  ',',
  'a="b" c="d"x"',
  'a=~"("',
  'a=~"(?=x)"',
  'a=~"(x)\\\\1"',
  '"a',
  'ä=\\x',
];
