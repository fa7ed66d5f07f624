import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { randomPatterns } from './random-pattern.ts';

/*
 * node test/parse/grok/record-ruby.ts [SEED...]: asks Ruby, whose Onigmo reads the patterns of Logstash, what it finds in random
 * texts, and writes that into ruby.jsonl. What it does not read, warns of, or takes long for is left out.
 */
const RUBY = `
require 'json'
require 'timeout'
$VERBOSE = nil
STDIN.each_line do |line|
  one = JSON.parse(line)
  begin
    regexp = Regexp.new(one['pattern'], Regexp::MULTILINE)
    one['found'] = Timeout.timeout(1) do
      one['texts'].map { |text| (m = regexp.match(text)) && m.named_captures.compact.reject { |_, v| v.empty? } }
    end
    puts JSON.generate(one)
  rescue RegexpError, Timeout::Error
  end
end
`;
const seeds = process.argv.slice(2).map(Number);
const patterns = (seeds.length === 0 ? [1] : seeds).flatMap(seed => randomPatterns(seed, 150));
const { stdout, status } = spawnSync('ruby', ['-e', RUBY], {
  input: patterns.map(one => JSON.stringify(one)).join('\n'),
  encoding: 'utf8',
  env: { ...process.env, LANG: 'C.UTF-8' },
  maxBuffer: 1e9,
});
if (status !== 0) throw new Error('Ruby failed.');
writeFileSync(new URL('./ruby.jsonl', import.meta.url), stdout);
