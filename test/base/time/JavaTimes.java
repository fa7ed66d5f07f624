import java.time.*;
import java.time.format.DateTimeFormatter;
import java.time.zone.ZoneOffsetTransition;
import java.util.*;

/**
 * What java.time makes of wall clocks and of written dates. Prints lines of text with tabs:
 *
 *   wall    zone  yyyy-MM-ddTHH:mm:ss  epoch milliseconds
 *   format  zone  pattern  text  epoch milliseconds, or - where it is no date
 *
 * Any JDK from 17 on, without compiling:  java test/time/JavaTimes.java > test/time/java-times.tsv
 */
public class JavaTimes {
  static final String[] ZONES = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Seoul",
    "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Europe/London", "Asia/Kathmandu", "UTC"};
  static final String[] PATTERNS = {"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss[XXX]", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "yyyy-MM-dd HH:mm:ss[,SSS][X]", "dd/MMM/yyyy:HH:mm:ss Z", "EEE, d MMM yyyy HH:mm:ss Z", "EEEE, dd-MMM-yy HH:mm:ss z",
    "MM/dd/yyyy hh:mm:ss a", "MMM d yyyy h:mm:ss a", "dd.MM.yyyy HH:mm", "yyyyMMddHHmmss", "yyyyMMddHHmmssSSS",
    "yyyyMMdd'T'HHmmssXX", "yyyy-DDD HH:mm", "yyyy-MM-dd HH:mm:ss VV", "yyyy-MM-dd'T'HH:mm:ssxxx", "d MMMM uuuu kk:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSxx", "yyyy-MM-dd'T'HH:mm:ssXXX'['VV']'", "yyyy-MM-dd HH:mm[:ss[.SSS]][ Z]", "yyyy/M/d H:m:s",
    "HH:mm:ss dd MMM yyyy O", "yyyy-MM-dd K:mm a"};

  static final Random random = new Random(20261129);

  public static void main(String[] args) {
    walls();
    formats();
  }

  /** Walls around the changes of each zone's clock, and some in between; of the past, for rules of the future change. */
  static void walls() {
    for (String name : ZONES) {
      ZoneId zone = ZoneId.of(name);
      List<ZoneOffsetTransition> changes = new ArrayList<>();
      Instant at = Instant.parse("1975-01-01T00:00:00Z");
      while (true) {
        ZoneOffsetTransition next = zone.getRules().nextTransition(at);
        if (next == null || next.getInstant().isAfter(Instant.parse("2026-01-01T00:00:00Z"))) break;
        changes.add(next);
        at = next.getInstant();
      }
      for (ZoneOffsetTransition change : changes) {
        long length = Math.abs(change.getDuration().getSeconds());
        LocalDateTime from = change.getDateTimeBefore().isBefore(change.getDateTimeAfter()) ? change.getDateTimeBefore() : change.getDateTimeAfter();
        for (long offset : new long[] {-1, 0, random.nextInt((int) length), length - 1, length})
          if (random.nextInt(2) == 0) wall(zone, from.plusSeconds(offset));
      }
      for (int i = 0; i < 40; i++) wall(zone, randomWall());
    }
  }

  static LocalDateTime randomWall() {
    return LocalDateTime.of(1975 + random.nextInt(51), 1, 1, 0, 0).plusSeconds(random.nextInt(365 * 86_400));
  }

  static void wall(ZoneId zone, LocalDateTime wall) {
    System.out.println("wall\t" + zone + "\t" + wall.format(DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")) + "\t" + wall.atZone(zone).toInstant().toEpochMilli());
  }

  static void formats() {
    for (String pattern : PATTERNS) {
      for (int i = 0; i < 40; i++) {
        ZoneId zone = ZoneId.of(ZONES[random.nextInt(ZONES.length)]);
        ZoneId written = ZoneId.of(ZONES[random.nextInt(ZONES.length)]);
        ZonedDateTime time = randomWall().atZone(written).withNano(random.nextInt(1_000_000_000));
        if (pattern.contains("-yy ")) time = time.withYear(2000 + random.nextInt(26));
        // The short names of zones are ours to choose; see abbreviations.ts.
        if (pattern.endsWith(" z")) time = time.withZoneSameInstant(ZoneId.of("UTC"));
        if (pattern.endsWith(" O")) time = time.withZoneSameInstant(ZoneOffset.ofHours(random.nextInt(20) - 9));
        String text = time.format(DateTimeFormatter.ofPattern(printed(pattern), Locale.ENGLISH));
        // A year of two digits out of range does not exist.
        if (random.nextInt(8) == 0 && !pattern.contains("-yy ")) text = spoiled(text);
        System.out.println("format\t" + zone + "\t" + pattern + "\t" + text + "\t" + read(pattern, text, zone));
      }
    }
  }

  /** The pattern with each optional part written out or left out. */
  static String printed(String pattern) {
    while (true) {
      int close = pattern.indexOf(']');
      // A bracket in quotes is text.
      while (close > 0 && pattern.charAt(close - 1) == '\'' ) close = pattern.indexOf(']', close + 1);
      if (close < 0) return pattern;
      int open = pattern.lastIndexOf('[', close);
      pattern = pattern.substring(0, open) + (random.nextBoolean() ? pattern.substring(open + 1, close) : "") + pattern.substring(close + 1);
    }
  }

  /** The text with one of its two-digit numbers out of every range. */
  static String spoiled(String text) {
    List<Integer> places = new ArrayList<>();
    for (int i = 1; i + 2 < text.length(); i++)
      if (!Character.isDigit(text.charAt(i - 1)) && Character.isDigit(text.charAt(i)) && Character.isDigit(text.charAt(i + 1)) && !Character.isDigit(text.charAt(i + 2)) && "/-:. ".indexOf(text.charAt(i - 1)) >= 0) places.add(i);
    if (places.isEmpty()) return text + "x";
    int at = places.get(random.nextInt(places.size()));
    return text.substring(0, at) + "87" + text.substring(at + 2);
  }

  static String read(String pattern, String text, ZoneId zone) {
    try {
      DateTimeFormatter formatter = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
      var found = formatter.parseBest(text, ZonedDateTime::from, OffsetDateTime::from, LocalDateTime::from);
      Instant instant = found instanceof ZonedDateTime zoned ? zoned.toInstant()
        : found instanceof OffsetDateTime offset ? offset.toInstant() : ((LocalDateTime) found).atZone(zone).toInstant();
      return String.valueOf(instant.toEpochMilli());
    } catch (DateTimeException e) {
      return "-";
    }
  }
}
