/* The numbers of RFC 5424, by the names that Filebeat's syslog processor gives them. */

export const SEVERITIES = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;

export const FACILITIES = [
  'kernel',
  'user-level',
  'mail',
  'system',
  'security/authorization',
  'syslogd',
  'line printer',
  'network news',
  'UUCP',
  'clock',
  'security/authorization',
  'FTP',
  'NTP',
  'log audit',
  'log alert',
  'clock',
  ...Array.from({ length: 8 }, (_, i) => `local${i}`),
] as const;

/** facility * 8 + severity */
export const MAX_PRIORITY = FACILITIES.length * SEVERITIES.length - 1;
