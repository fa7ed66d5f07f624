import java.util.*;
import java.util.regex.*;

/**
 * What java.util.regex finds. Prints a JSON list a line:
 *
 *   [expression, flags, text, matches]    matches: a list each of what the groups have, the whole first; null for none
 *   [expression, flags]                   the expression is not valid
 *
 * Any JDK from 21 on (\b is of ASCII since 19), without compiling:
 *   java test/base/regexp/JavaExpressions.java > test/base/regexp/java-expressions.jsonl
 */
public class JavaExpressions {
  /** An expression, flags and texts. */
  static final String[][] CASES = {
    {"a.c", "", "abc a\nc a\u0085c a😀c"}, {"a.c", "s", "a\nc"}, {"(?s)a.c|b.d", "", "a\nc b\nd"},
    {"^a$", "", "a", "a\n", "a\r\n", "a\r", "a\n\n", "b\na"}, {"(?m)^\\w*$", "", "a\nb\r\nc\rd\n"},
    {"\\Aa\\Z", "", "a\n", "ba"}, {"a\\z", "", "a\n", "a"}, {"a(?m)$|b$", "", "a\nb\n"},
    {"(?i)abc", "", "ABC aBc"}, {"a(?i)b|c", "", "aB C b"}, {"(?i:a)b", "", "Ab aB"}, {"(?i)a(?-i)b", "", "Ab AB"},
    {"[a-c&&[^b]]+", "", "abcab"}, {"[a-z&&[def]x]+", "", "defx"}, {"[^a[b]]+", "", "abc"}, {"[]a]+", "", "a]b"},
    {"[a-]+", "", "a-b"}, {"[-a]+", "", "a-b"}, {"[\\w-]+", "", "a-b c"}, {"[\\Qa-c\\E]+", "", "a-cb"}, {"[a\\-c]+", "", "abc-"},
    {"[^\\d\\s]+", "", "a1 b"}, {"[\\p{Alpha}&&[^\\p{Lower}]]+", "", "abCD"}, {"(?x) a b # c\n d", "", "abd"}, {"(?x)[a b]+", "", "a b"},
    {"\\d+\\D+\\w+\\W+", "", "12ab_٣-"}, {"\\s+\\S", "", "\t\u000b\f x", "\u00a0x"}, {"\\h+", "", " \t\u00a0\u3000\n"},
    {"\\v+", "", "\n\u000b\f\r\u0085\u2028"}, {"\\R", "", "a\r\nb\nc\u0085d"}, {"\\H\\V", "", "ab \n"},
    {"\\x41\\u0042\\x{1F600}\\0101\\cA\\e\\a", "", "AB😀A\u0001\u001b\u0007"}, {"\\t\\n\\r\\f", "", "\t\n\r\f"}, {"\\.\\-\\/\\_", "", ".-/_"},
    {"\\Qa.b\\E+", "", "a.bbb"}, {"\\Qa.b", "", "a.b axb"},
    {"\\p{Lower}\\p{Upper}\\p{Digit}\\p{Punct}\\p{XDigit}\\p{Blank}", "", "aB1!f ", "äB1!f "}, {"\\p{L}+\\P{L}", "", "aä가1"},
    {"\\p{Lu}\\pL\\p{IsLatin}\\p{IsAlphabetic}\\p{sc=Greek}", "", "Äaaaα"}, {"\\p{javaLowerCase}\\p{javaWhitespace}", "", "a\u2003", "a\u00a0"},
    {"\\bfoo\\b", "", "a foo b", "food", "éfoo"}, {"\\Boo\\B", "", "food oo"}, {"\\b\\B", "", "a b"},
    {"x(.*?)?b", "", "xb xab"}, {"x(?:.*?)?(a*)", "", "xaab"}, {"(a*)?b", "", "b aab"}, {"x(|a)?a", "", "xaa"}, {"x(?:(a*?)c?)?b", "", "xb xaacb"}, {"x(?=a)?(a?)", "", "xa"},
    {"(a)(b)?", "", "ab a"}, {"(?<x>a)\\k<x>", "", "aa a"}, {"(a)|b\\1", "", "b ba"}, {"(a)?b\\1", "", "b aba"}, {"(a*)b\\1", "", "b aba"},
    {"(a)(b)\\1\\2", "", "abab"}, {"(a)\\10", "", "aa0"}, {"(?i)(a)\\1", "", "aA"}, {"(['\"]).*?\\1", "", "x 'a\"b' \"c\""},
    {"(a\\1)", "", "aa"}, {"(?:(a)|b)+", "", "b"}, {"(?=(a))\\1", "", "a"},
    {"a*+a", "", "aaa"}, {"a++b", "", "aab"}, {"a?+a", "", "a aa"}, {"(?>a|ab)c", "", "abc ac"}, {"x{2}+", "", "xxxx"},
    {"a{2}", "", "aaa"}, {"a{2,}", "", "aaaa"}, {"a{1,2}?", "", "aaa"}, {"a{0}b", "", "ab"}, {"a+?b??", "", "aab"}, {"(ab){2}", "", "abab"},
    {"(?=a)a", "", "a"}, {"a(?!b).", "", "ab ac"}, {"(?<=a)b", "", "ab cb"}, {"(?<!a)b", "", "ab cb"}, {"(?<=\\bx )y", "", "x y ax y"},
    {"|a", "", "a"}, {"()", "", "a"}, {"(a|)b", "", "ab b"}, {"(?:)", "", ""}, {"\\b*a", "", "a"}, {"(?=a)*b", "", "b"},
    {"[é-ü]", "", "éñz"}, {"가+", "", "가가나"}, {"😀{2}", "", "😀😀"}, {"[😀a]", "", "a😀"}, {"[^a]", "", "😀"},
    {"(?d)a", "", "a"}, {"a", "x", "a"}, {" a", "x", "a"}, {"A", "i", "a"}, {"^b", "m", "a\nb"},
    {"(a", ""}, {"a)", ""}, {"[a", ""}, {"[]", ""}, {"*a", ""}, {"a**", ""}, {"a{3,1}", ""}, {"(?<a>x)(?<a>y)", ""}, {"\\k<z>", ""}, {"(?z)a", ""},
    {"(?i", ""}, {"[b-a]", ""}, {"[\\b]", ""}, {"\\p{Foo}", ""}, {"a\\", ""}, {"\\x{110000}", ""}, {"\\x4", ""}, {"\\u12", ""}, {"\\y", ""},
  };

  public static void main(String[] args) {
    StringBuilder out = new StringBuilder();
    for (String[] one : CASES) {
      Pattern pattern = null;
      try {
        pattern = Pattern.compile(one[0], flagsOf(one[1]));
      } catch (PatternSyntaxException e) {
        out.append('[').append(json(one[0])).append(',').append(json(one[1])).append("]\n");
      }
      for (int i = 2; pattern != null && i < one.length; i++) {
        List<String> matches = new ArrayList<>();
        for (Matcher matcher = pattern.matcher(one[i]); matcher.find();) {
          List<String> groups = new ArrayList<>();
          for (int group = 0; group <= matcher.groupCount(); group++) groups.add(json(matcher.group(group)));
          matches.add("[" + String.join(",", groups) + "]");
        }
        out.append('[').append(json(one[0])).append(',').append(json(one[1])).append(',').append(json(one[i])).append(",[");
        out.append(String.join(",", matches)).append("]]\n");
      }
    }
    new java.io.PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8).print(out);
  }

  static int flagsOf(String letters) {
    int flags = 0;
    if (letters.contains("i")) flags |= Pattern.CASE_INSENSITIVE;
    if (letters.contains("m")) flags |= Pattern.MULTILINE;
    if (letters.contains("s")) flags |= Pattern.DOTALL;
    if (letters.contains("x")) flags |= Pattern.COMMENTS;
    return flags;
  }

  static String json(String text) {
    if (text == null) return "null";
    StringBuilder out = new StringBuilder("\"");
    for (char unit : text.toCharArray()) {
      if (unit == '"' || unit == '\\') out.append('\\').append(unit);
      else if (unit < 32 || unit == 0x7f || unit == 0x85 || unit == 0xa0 || (unit >= 0x2000 && unit < 0x2030)) out.append(String.format("\\u%04x", (int) unit));
      else out.append(unit);
    }
    return out.append('"').toString();
  }
}
