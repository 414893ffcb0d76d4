import { services } from '../../../kernel/bus/port.ts';
import type { Audited } from './audit.ts';

/** What nobody can read is parked with its reason, and nothing else is. */
export async function nothingElseIsParked({ feed }: Audited): Promise<string[]> {
  const parked = (await Promise.all(services.map((group) => feed.bus.parked(group)))).flat();
  const ids = new Set(parked.map(({ id }) => id));
  return [
    ...parked.filter(({ id }) => !feed.poison.has(id)).map(({ id, group, reason }) => `${id} of ${group}: ${reason}`),
    ...parked.filter(({ reason }) => reason === '').map(({ id }) => `${id} has no reason`),
    ...[...feed.poison].filter((id) => !ids.has(id)).map((id) => `poison ${id} is not parked`),
  ];
}
