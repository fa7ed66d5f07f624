import { isPublicAddress } from '../../base/net/address.ts';
import { fetchVia } from '../../base/net/fetch-via.ts';

/**
 * `fetch` for addresses that come over the API, the page or fields of events: connects to addresses of the internet only,
 * judged after names are resolved, and follows no redirects. Elsewhere it fails with the cause `REFUSED_ADDRESS`.
 */
export const guardedFetch: typeof fetch = fetchVia({ mayConnect: isPublicAddress });
