/** Bodies of AWS' query protocol. */
export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };

/** `sns.eu-west-1.amazonaws.com`; the cloud of China has an ending of its own. */
export const hostOf = (service: string, region: string): string =>
  `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
