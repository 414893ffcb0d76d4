import type { ResourceFacts } from '../facts.ts';
import { coversLabels } from '../labels.ts';
import { type Asked, namesOf, whyNot } from '../match.ts';
import { innermost } from '../residual.ts';
import type { ConsentState, Deployment, Question } from '../state.ts';
import type { Provision, Statement } from '../statement.ts';

const care = ['TREAT', 'ETREAT', 'BTG'];
const research = ['HRESCH', 'CLINTRCH'];

/**
 * The rules once more, written from their text for one resource at a time and without a residual: what `decide` and
 * `permits` together must come to.
 */
export function decidedAlone(
  { consents, declarations }: ConsentState,
  question: Question,
  of: Deployment,
  facts: ResourceFacts,
): boolean {
  const { actor, patient, purpose, action, at, mandates = [] } = question;
  const asked: Asked = { ...question, names: namesOf(actor) };
  const holds = ({ from, until = Infinity }: { from: number; until?: number }) => from <= at && at < until;
  const inPeriod = ({ root: { period: { start = -Infinity, end } = {} } }: Statement) =>
    holds({ from: start, until: end });
  const reading = action === 'access' && !research.includes(purpose);
  if (reading && (actor.patient === patient || mandates.some(holds))) return true;
  if (purpose === 'BTG' && !declarations.some((each) => each.clinician === actor.subject && holds(each))) return false;
  const treats = reading && care.includes(purpose) && actor.role === 'practitioner';
  if (of.authorReads && treats && actor.organization && actor.organization === facts.authorOrganization) return true;
  for (const { statement } of [...consents].reverse()) {
    if (!inPeriod(statement) || !speaks(statement.root, asked)) continue;
    const rules = speaking(statement.root, asked, facts, of.zone);
    if (rules.length === 0 || rules.some(({ type }) => type === 'forbid')) return false;
    return (
      !of.labelCeiling ||
      coversLabels(
        'named',
        rules.map(({ filter }) => filter),
        facts.labels,
      )
    );
  }
  const named = [...consents].reverse().find(({ statement }) => {
    const known = statement.policies.some((uri) => uri in of.policies);
    return known && inPeriod(statement);
  });
  const base = named ? of.policies[named.statement.policies[0]!] : of.basePolicy;
  if (base === 'deny' || !reading) return false;
  if (purpose === 'BTG') return coversLabels('break-glass', [], facts.labels);
  const open = base === 'all-normal' ? actor.role !== 'patient' : base === 'normal' && treats;
  return open && (!of.labelCeiling || coversLabels('named', [], facts.labels));
}

const speaks = (provision: Provision, asked: Asked): boolean =>
  whyNot(provision, asked) === undefined || provision.provisions.some((each) => speaks(each, asked));

/** The innermost provisions that match both the question and the resource. */
function speaking(provision: Provision, asked: Asked, facts: ResourceFacts, zone: number): Provision[] {
  const inner = provision.provisions.flatMap((each) => speaking(each, asked, facts, zone));
  if (inner.length > 0 || whyNot(provision, asked) !== undefined) return inner;
  const { type, filter } = provision;
  return innermost({ type, ...filter }, facts, zone).length > 0 ? [provision] : [];
}
