import { Failure } from '../../../kernel/errors.ts';
import type { Client } from '../../../kernel/rpc/port.ts';
import type { ConsentService } from '../../../proto/gen/healthchain/consent/v1/consent_pb.ts';
import { ahead } from './ahead.ts';
import { questionOf, type Reading } from './extraction.ts';

/** Patients in one question, and questions at the same time. */
const group = 100;
const width = 4;

/**
 * Asks consent now, at the head of each one's consents, as the extraction did.
 * @returns the patients who do not permit it, among them those whom consent has erased
 * @throws Failure `unavailable` or `timeout` where consent cannot be asked
 */
export async function withdrawn(
  consent: Pick<Client<typeof ConsentService>, 'check'>,
  reading: Reading,
  patients: readonly string[],
): Promise<string[]> {
  async function refusing(some: readonly string[]): Promise<string[]> {
    try {
      const { decisions } = await consent.check({ ...questionOf(reading), patients: [...some] });
      return some.filter((patient, at) => decisions[at]?.patient !== patient || !decisions[at]!.permit);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'deleted')) throw error;
      if (some.length === 1) return [...some];
      return (await Promise.all(some.map((each) => refusing([each])))).flat();
    }
  }

  async function* questions(): AsyncIterable<readonly string[]> {
    for (let from = 0; from < patients.length; from += group) yield patients.slice(from, from + group);
  }

  const found: string[] = [];
  for await (const some of ahead(questions(), width, refusing)) found.push(...some);
  return found;
}
