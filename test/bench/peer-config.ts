import type { Kind } from './lines/index.ts';

/*
 * Fluent Bit doing the same work: forward in; the lines parsed by its own parsers; chunks on the disk (`storage.type filesystem`,
 * `storage.sync full`, as we fsync); daily indices by bulk requests out. What makes it faster is chosen where there is a choice:
 * documents without ids, five flushes a second instead of one, the line itself left away once it is fields. Stack traces it does not
 * join: its filter `multiline` tells streams apart by their tags, and with a tag for each of 60 containers in single frames its
 * storage lost events here (5.1.1: "cannot mmap/read chunk").
 */

interface Parsing {
  /** Tried in this order. */
  readonly parsers: readonly string[];
  readonly keepsLine: boolean;
}

const PARSING: Record<Kind, Parsing> = {
  access: { parsers: ['access'], keepsLine: true },
  json: { parsers: ['json'], keepsLine: false },
  logfmt: { parsers: ['logfmt'], keepsLine: false },
  java: { parsers: ['spring', 'logback'], keepsLine: true },
  free: { parsers: ['access'], keepsLine: true },
};

export function peerConfig(kind: Kind, dir: string, port: number, sink: URL): string {
  const { parsers, keepsLine } = PARSING[kind];
  return `
[SERVICE]
    Flush            0.2
    Log_Level        error
    Parsers_File     ${dir}/parsers.conf
    storage.path     ${dir}/storage
    storage.sync     full
    storage.checksum on
[INPUT]
    Name             forward
    Listen           127.0.0.1
    Port             ${port}
    storage.type     filesystem
[FILTER]
    Name             parser
    Match            *
    Key_Name         log
${parsers.map(name => `    Parser           ${name}`).join('\n')}
    Preserve_Key     ${keepsLine ? 'On' : 'Off'}
    Reserve_Data     On
[OUTPUT]
    Name             es
    Match            *
    Host             127.0.0.1
    Port             ${sink.port}
    Suppress_Type_Name On
    Logstash_Format  On
    Logstash_Prefix  docker-logs
    Include_Tag_Key  On
    Tag_Key          tag
    Retry_Limit      no_limits
    Buffer_Size      False
`;
}

export const PEER_PARSERS = `
[PARSER]
    Name   access
    Format regex
    Regex  ^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^\\"]*?)(?: +\\S*)?)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\\"]*)" "(?<agent>.*)")?$
    Time_Key time
    Time_Format %d/%b/%Y:%H:%M:%S %z
    Types  code:integer
[PARSER]
    Name   json
    Format json
[PARSER]
    Name   logfmt
    Format logfmt
[PARSER]
    Name   spring
    Format regex
    Regex  ^(?<time>\\d{4}-\\d\\d-\\d\\dT[^ ]+) +(?<level>[A-Z]+) (?<pid>\\d+) --- \\[(?<application>[^\\]]*)\\] \\[ *(?<thread>[^\\]]*)\\] (?<logger>[^ ]+) *: (?<text>[^\\n]*)
    Time_Key time
    Time_Format %Y-%m-%dT%H:%M:%S.%LZ
    Types  pid:integer
[PARSER]
    Name   logback
    Format regex
    Regex  ^(?<time>\\d{4}-\\d\\d-\\d\\d [^ ]+) \\[(?<thread>[^\\]]*)\\] (?<level>[A-Z]+) +(?<logger>[^ ]+) - (?<text>[^\\n]*)
    Time_Key time
    Time_Format %Y-%m-%d %H:%M:%S,%L
`;
