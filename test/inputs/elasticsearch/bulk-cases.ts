/** A body of `_bulk`, and what is to be read of it: `action index id pipeline` and the record or the fault's type, an item. */
export interface BulkCase {
  readonly name: string;
  readonly body: string;
  readonly index?: string;
  readonly pipeline?: string;
  readonly items?: readonly (readonly [string, unknown])[];
  /** Code of the error, where the whole body is refused. */
  readonly refused?: string;
}

const doc = '{"message":"a"}';
const record = { message: 'a' };

export const bulkCases: readonly BulkCase[] = [
  {
    name: 'create and index, with ids and without',
    body: `{"create":{"_index":"a"}}\n${doc}\n{"index":{"_index":"b","_id":"7"}}\n${doc}\n`,
    items: [
      ['create a - -', record],
      ['index b 7 -', record],
    ],
  },
  { name: 'no line end behind the last', body: `{"create":{"_index":"a"}}\n${doc}`, items: [['create a - -', record]] },
  {
    name: 'line ends of Windows, and blank lines between items',
    body: `{"create":{"_index":"a"}}\r\n${doc}\r\n\r\n\n{"create":{"_index":"a"}}\r\n${doc}\r\n`,
    items: [
      ['create a - -', record],
      ['create a - -', record],
    ],
  },
  { name: 'the index of the address', body: `{"create":{}}\n${doc}\n`, index: 'a', items: [['create a - -', record]] },
  {
    name: 'an index of its own before that of the address',
    body: `{"create":{"_index":"b"}}\n${doc}\n`,
    index: 'a',
    items: [['create b - -', record]],
  },
  {
    name: 'what Fluent Bit and Logstash add',
    body: `{"create":{"_index":"a","_type":"_doc","routing":null,"_id":null}}\n${doc}\n`,
    items: [['create a - -', record]],
  },
  {
    name: 'a pipeline of the action, of the address, and none',
    body: `{"index":{"pipeline":"p"}}\n${doc}\n{"index":{}}\n${doc}\n{"index":{"pipeline":"_none"}}\n${doc}\n`,
    index: 'a',
    pipeline: 'q',
    items: [
      ['index a - p', record],
      ['index a - q', record],
      ['index a - -', record],
    ],
  },
  {
    name: 'op_type',
    body: `{"index":{"_index":"a","op_type":"create"}}\n${doc}\n`,
    items: [['create a - -', record]],
  },
  { name: 'a number as id', body: `{"index":{"_index":"a","_id":12}}\n${doc}\n`, items: [['index a 12 -', record]] },
  {
    name: 'documents that are none, each by itself',
    body: `{"index":{"_index":"a"}}\n[1]\n{"index":{"_index":"a"}}\n{"a":\n{"index":{"_index":"a"}}\n\n{"index":{"_index":"a"}}\n${doc}\n`,
    items: [
      ['index a - -', 'mapper_parsing_exception'],
      ['index a - -', 'mapper_parsing_exception'],
      ['index a - -', 'mapper_parsing_exception'],
      ['index a - -', record],
    ],
  },
  {
    name: 'a document that is nested too deeply',
    body: `{"index":{"_index":"a"}}\n{"a":${'['.repeat(80)}${']'.repeat(80)}}\n`,
    items: [['index a - -', 'mapper_parsing_exception']],
  },
  {
    name: 'update and delete',
    body: `{"update":{"_index":"a","_id":"1"}}\n{"doc":{}}\n{"delete":{"_index":"a","_id":"1"}}\n{"index":{"_index":"a"}}\n${doc}\n`,
    items: [
      ['update a 1 -', 'illegal_argument_exception'],
      ['delete a 1 -', 'illegal_argument_exception'],
      ['index a - -', record],
    ],
  },
  {
    name: 'ids that are none',
    body: `{"index":{"_index":"a","_id":""}}\n${doc}\n{"index":{"_index":"a","_id":{}}}\n${doc}\n{"index":{"_index":"a","_id":"${'가'.repeat(171)}"}}\n${doc}\n`,
    items: [
      ['index a  -', 'illegal_argument_exception'],
      ['index a - -', 'illegal_argument_exception'],
      [`index a ${'가'.repeat(171)} -`, 'illegal_argument_exception'],
    ],
  },
  {
    name: 'names that no index has',
    body: ['_a', 'a b', 'a,b', 'a*', '..', 'x'.repeat(256)]
      .map(name => `{"index":{"_index":"${name}"}}\n${doc}\n`)
      .join(''),
    items: ['_a', 'a b', 'a,b', 'a*', '..', 'x'.repeat(256)].map(
      name => [`index ${name} - -`, 'invalid_index_name_exception'] as const,
    ),
  },
  {
    name: 'keys of objects are ordinary fields',
    body: '{"index":{"_index":"a"}}\n{"__proto__":{"x":1},"constructor":1}\n',
    items: [['index a - -', JSON.parse('{"__proto__":{"x":1},"constructor":1}')]],
  },
  { name: 'nothing', body: '', refused: 'LS_INPUTS_BODY_EMPTY' },
  { name: 'blank lines alone', body: '\n \n', refused: 'LS_INPUTS_BODY_EMPTY' },
  { name: 'no JSON', body: `nonsense\n${doc}\n`, refused: 'LS_INPUTS_BULK_INVALID' },
  { name: 'documents without actions', body: `${doc}\n${doc}\n`, refused: 'LS_INPUTS_BULK_INVALID' },
  { name: 'two actions in one', body: `{"index":{},"create":{}}\n${doc}\n`, refused: 'LS_INPUTS_BULK_INVALID' },
  { name: 'an action that is a text', body: `{"index":"a"}\n${doc}\n`, refused: 'LS_INPUTS_BULK_INVALID' },
  { name: 'no index anywhere', body: `{"index":{}}\n${doc}\n`, refused: 'LS_INPUTS_BULK_INVALID' },
  { name: 'an action without a document', body: '{"index":{"_index":"a"}}\n', refused: 'LS_INPUTS_BULK_INVALID' },
  {
    name: 'more than may be',
    body: `{"index":{"_index":"a"}}\n${doc}\n`.repeat(11),
    refused: 'LS_INPUTS_TOO_MANY_EVENTS',
  },
];
