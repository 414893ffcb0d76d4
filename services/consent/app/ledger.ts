import { createHash, createHmac } from 'node:crypto';
import type { PolicyState } from '../../../contracts/consent.ts';
import type { Recorded } from '../../../kernel/eventstore/sealed.ts';
import type { Transaction } from '../../../kernel/ledger/port.ts';
import type { BreakGlassEvent } from '../domain/breakGlass.ts';
import type { ConsentEvent } from '../domain/consent.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { PseudonymChosen } from '../domain/patient.ts';
import type { ConsentLog } from './streams.ts';

type Entered = ConsentEvent | BreakGlassEvent;

const states: Record<Entered['type'], PolicyState> = {
  ConsentGranted: 'granted',
  ConsentAmended: 'amended',
  ConsentRevoked: 'revoked',
  BreakGlassDeclared: 'break-glass-started',
  BreakGlassEnded: 'break-glass-stopped',
  BreakGlassReviewed: 'break-glass-reviewed',
};

/** Events that the ledger's consent contract keeps a hash of. */
export const ledgerTypes = Object.keys(states) as Entered['type'][];

/**
 * The transaction that enters an event. Pseudonym of the policy and salt of the hash are keyed hashes (HMAC-SHA-256) of
 * the consent's and the event's id under the secret that stands first in the patient's stream: nobody can tell which
 * policies are of one patient, and after the patient's key is destroyed nobody can open any of it.
 */
export function ledgerTransaction(log: ConsentLog) {
  return async ({ id, stream, at, event }: Recorded<ConsentServiceEvent>): Promise<Transaction> => {
    const entered = event as Entered;
    const [first] = await log.read(stream, { limit: 1 });
    const { secret } = first!.event as PseudonymChosen;
    const keyed = (text: string) => createHmac('sha256', Buffer.from(secret, 'base64')).update(text);
    const request = {
      policy: keyed(`policy/${policyOf(entered)}`).digest('hex'),
      version: 'resource' in entered ? Number(entered.resource.meta!.versionId) : entered.version,
      state: states[entered.type],
      hash: createHash('sha256')
        .update(keyed(`salt/${id}`).digest())
        .update(JSON.stringify(entered))
        .digest('hex'),
      at,
    };
    return { contract: 'consent', fn: 'record', args: [JSON.stringify(request)] };
  };
}

const policyOf = (event: Entered): string => ('consent' in event ? event.consent : event.id);
