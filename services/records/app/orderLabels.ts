import type { Coding } from '../../../contracts/rules/facts.ts';
import { Failure } from '../../../kernel/errors.ts';
import type { Content } from '../domain/resource.ts';
import { type Labeller, labelsOf } from '../labels/labeller.ts';
import { type Hand, handOf, type Label } from '../labels/marks.ts';
import type { FindAims } from './aims.ts';
import type { Caller } from './caller.ts';
import type { ChangeLabels } from './changeLabels.ts';
import type { Current } from './conditions.ts';
import { type Contents, contentOf } from './content.ts';
import { requireOwn } from './elsewhere.ts';
import { requireAuthor } from './plan.ts';
import type { Resources } from './resources.ts';
import { stewardship } from './steward.ts';

export interface LabelOrder {
  type: string;
  id: string;
  kind: 'add' | 'remove';
  labels: readonly Coding[];
}

/** The resource's meta after an order: with the labels of the same hand only, so that who may not read learns no others. */
export interface OrderedMeta {
  versionId: string;
  lastUpdated: string;
  security?: readonly Label[];
}

/**
 * Adds labels to a resource, or takes them back (FHIR R4 `$meta-add`, `$meta-delete`): by order of a privacy officer of
 * the organisation that wrote it, who need not read it, or as its author. What the table says stays.
 * @throws Failure `business-rule` for a label that somebody else gave; `forbidden` as for other writes
 */
export type OrderLabels = (caller: Caller, order: LabelOrder) => Promise<OrderedMeta>;

interface Parts {
  aims: FindAims;
  resources: Resources;
  contents: Contents;
  labeller: Labeller;
  changeLabels: ChangeLabels;
}

export function orderLabels({ aims, resources, contents, labeller, changeLabels }: Parts): OrderLabels {
  /** An author passes the same look as for any other change. */
  async function requireRight(caller: Caller, { type, id }: LabelOrder): Promise<Hand | undefined> {
    if (caller.actor.role !== 'privacy-officer') {
      const [aim] = await aims(caller, [{ kind: 'patch', type, id, patch: [] }]);
      if (aim!.state.status === 'current') requireAuthor(aim!.state.content.author, caller.actor.organization ?? '');
      return undefined;
    }
    requireOwn(type);
    const mayLabel = stewardship(caller);
    const state = await resources.current(type, id);
    if (state.status === 'none' || !mayLabel(state.content.author)) throw contents.refused(type, id).refusal;
    return 'privacy-officer';
  }

  function relabelled(current: Current, { kind, labels }: LabelOrder, hand: Hand | undefined): Content {
    const content = contentOf(current.content);
    const stated = labelsOf(content);
    const own = stated.filter((label) => handOf(label) === hand);
    if (kind === 'remove') requireGiven(labels, stated, own);
    const wanted = kind === 'add' ? [...own, ...without(labels, own)] : without(own, labels);
    if (hand) return labeller.ordered(content, wanted);
    const others = stated.filter((label) => handOf(label) !== undefined);
    const security = [...wanted, ...others];
    return labeller.labelled({ ...content, meta: { ...content.meta, security } }, current.content.json);
  }

  return async (caller, order) => {
    const hand = await requireRight(caller, order);
    await changeLabels(caller, order, (current) => relabelled(current, order, hand));
    const { content: event, version } = (await resources.current(order.type, order.id)) as Current;
    const security = labelsOf(contentOf(event)).filter((label) => handOf(label) === hand);
    const meta = { versionId: String(version), lastUpdated: new Date(event.at).toISOString() };
    return security.length > 0 ? { ...meta, security } : meta;
  };
}

/** What is there, but by another hand, cannot be taken back; what is not there need not be (FHIR R4 §$meta-delete). */
function requireGiven(labels: readonly Coding[], stated: readonly Coding[], own: readonly Coding[]): void {
  if (labels.every((label) => !has(stated, label) || has(own, label))) return;
  throw new Failure('business-rule', 'Only whoever gave a label takes it back; what the table says of a code stays.');
}

const without = (labels: readonly Coding[], others: readonly Coding[]) => labels.filter((each) => !has(others, each));
const has = (labels: readonly Coding[], { system, code }: Coding) =>
  labels.some((each) => each.code === code && each.system === system);
