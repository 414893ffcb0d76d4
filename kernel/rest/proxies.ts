import { isIP } from 'node:net';
import type { Variable } from '../config.ts';
import { Failure } from '../errors.ts';

/** Variable of every process that knows callers by their address. */
export const trustedProxies = {
  TRUSTED_PROXIES: {
    type: 'string',
    default: '',
    doc: 'addresses or CIDRs, by commas, of proxies whose X-Forwarded-For is believed (default: nobody)',
  },
} as const satisfies Record<string, Variable>;

/**
 * The addresses and CIDRs of the variable.
 * @throws Failure `invalid` where a part of the list is neither an address nor a CIDR
 */
export function proxiesIn(list: string): string[] {
  const parts = list.split(',').flatMap((part) => part.trim() || []);
  const wrong = parts.find((part) => !isRange(part));
  if (wrong !== undefined)
    throw new Failure('invalid', `TRUSTED_PROXIES: "${wrong}" is neither an address nor a CIDR.`);
  return parts;
}

function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
