/**
 * Version of what the contracts take, check, write and return; the chaincode says it, and the adapter wants no other.
 * Raise it with every change of these, so that a platform notices at its start that organisations run another one.
 */
export const contractsVersion = 2;

/** What `about` returns. */
export interface About {
  chaincode: 'healthchain';
  version: number;
}

/** The transaction name of a contract's function: `<contract>:<function>`; of a call that must not write, `read:` before it. */
export const transactionName = (contract: string, fn: string, readOnly = false): string =>
  `${readOnly ? 'read:' : ''}${contract}:${fn}`;
/** The transaction name that returns `About`. */
export const about = 'about';
/** Contract and event name in the name of a Fabric event. */
export const eventName = (contract: string, name: string): string => `${contract}.${name}`;

/** Response statuses of refusals; what is thrown otherwise is a fault, 500. */
export const refusalStatus = { invalid: 400, forbidden: 403, 'not-found': 404, conflict: 409 } as const;
