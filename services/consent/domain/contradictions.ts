import type { Span } from '../../../contracts/rules/dates.ts';
import type { Filter } from '../../../contracts/rules/residual.ts';
import type { Provision } from '../../../contracts/rules/statement.ts';

/**
 * Provisions of a statement that gainsay each other, and what counts then, in plain words. It is understood all the
 * same, so it is accepted; whoever states it should know.
 */
export function contradictionsIn(provision: Provision): string[] {
  const { provisions } = provision;
  const reversed = provisions
    .filter((inner) => inner.type !== provision.type && isSame(inner, provision))
    .map((inner) => `${inner.path} takes back all that ${provision.path} ${verb(provision)}.`);
  const gainsaid = provisions.flatMap((one, index) =>
    provisions
      .slice(index + 1)
      .filter((other) => one.type !== other.type && mayMeet(one, other))
      .map((other) => {
        const [permit, deny] = one.type === 'permit' ? [one, other] : [other, one];
        return `${permit.path} permits what ${deny.path} denies: where both match, it is denied.`;
      }),
  );
  return [...reversed, ...gainsaid, ...provisions.flatMap(contradictionsIn)];
}

const verb = ({ type }: Provision) => (type === 'permit' ? 'permits' : 'denies');

const criteriaOf = ({ actors, purposes, actions, period, filter }: Provision) =>
  JSON.stringify([actors, purposes, actions, period, filter]);

/** The inner one names nothing of its own: it speaks wherever the outer one would. */
const isSame = (inner: Provision, outer: Provision): boolean => criteriaOf(inner) === criteriaOf(outer);

/** Whether there can be a question and a resource that both are about. */
function mayMeet(one: Provision, other: Provision): boolean {
  return (
    shareAny(one.actors, other.actors) &&
    shareAny(one.purposes, other.purposes) &&
    shareAny(one.actions, other.actions) &&
    overlap(one.period, other.period) &&
    filtersMeet(one.filter, other.filter)
  );
}

function filtersMeet(one: Filter, other: Filter): boolean {
  return (
    shareAny(one.types, other.types) &&
    shareAny(one.codes, other.codes) &&
    shareAny(one.labels, other.labels) &&
    shareAny(one.data, other.data) &&
    overlap(one.dataPeriod, other.dataPeriod)
  );
}

function shareAny(one: readonly unknown[] | undefined, other: readonly unknown[] | undefined): boolean {
  if (!one || !other) return true;
  const known = new Set(one.map((each) => JSON.stringify(each)));
  return other.some((each) => known.has(JSON.stringify(each)));
}

const overlap = (one: Span = {}, other: Span = {}): boolean =>
  Math.max(one.start ?? -Infinity, other.start ?? -Infinity) < Math.min(one.end ?? Infinity, other.end ?? Infinity);
