import { newFields } from '../../core/event.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

/** `uri_parts`: field, target_field (default `url`), keep_original, remove_if_successful, ignore_missing. */
export const uriParts: ProcessorKind = {
  name: 'uri_parts',
  build(options) {
    const source = options.path('field');
    const target = options.path('target_field', 'url');
    const keepOriginal = options.boolean('keep_original', true);
    const removeSource = options.boolean('remove_if_successful', false);
    const ignoreMissing = options.boolean('ignore_missing', false);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const parts = URI.exec(text);
      if (parts === null) return `field [${source.text}] holds no URI`;
      const [, scheme, , userInfo, domain, port, path = '', query, fragment] = parts;
      const out = newFields();
      if (domain !== undefined) out['domain'] = domain;
      if (fragment !== undefined) out['fragment'] = fragment;
      if (keepOriginal) out['original'] = text;
      out['path'] = path;
      if (port !== undefined && port !== '') out['port'] = Number(port);
      if (query !== undefined) out['query'] = query;
      if (scheme !== undefined) out['scheme'] = scheme;
      const extension = /\.([^./]+)$/.exec(path)?.[1];
      if (extension !== undefined) out['extension'] = extension;
      if (userInfo !== undefined) {
        const [username, ...password] = userInfo.split(':');
        out['user_info'] = userInfo;
        out['username'] = username;
        if (password.length > 0) out['password'] = password.join(':');
      }
      if (removeSource && source.text !== target.text) source.remove(event, state);
      return target.set(event, state, out);
    };
  },
};

// scheme, authority (user info, domain, port), path, query, fragment: the split of RFC 3986, appendix B.
const URI =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/(?:([^@/?#\s]*)@)?(\[[^\]\s]*\]|[^:/?#\s]*)(?::(\d*))?)?([^?#\s]*)(?:\?([^#\s]*))?(?:#(\S*))?$/;
