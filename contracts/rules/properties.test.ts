import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './criteria.ts';
import { type Decision, decide, decideWithBreakGlass } from './decide.ts';
import { explain, explainWithBreakGlass } from './explain.ts';
import type { ResourceFacts } from './facts.ts';
import { parseStatement } from './parse.ts';
import { permits, permitsEverything, type Residual, type ResidualRule } from './residual.ts';
import { referenceOf } from './state.ts';
import { decidedAlone } from './testing/alone.ts';
import * as arbitrary from './testing/arbitrary.ts';
import * as a from './testing/given.ts';

const { scene } = arbitrary;
const hour = 3600_000;
/** The asker has declared an emergency, to begin with. */
const inEmergencyScene = scene.map((made) => {
  const { subject } = made.question.actor;
  const mine = { id: 'mine', clinician: subject, from: made.question.at - hour, until: made.question.at + hour };
  return { ...made, state: { ...made.state, declarations: [mine, ...made.state.declarations] } };
});
const manyFacts = fc.array(arbitrary.facts, { minLength: 1, maxLength: 5 });
const holds = <T extends unknown[]>(property: fc.IProperty<T>) => fc.assert(property, { numRuns: a.numRuns });
/** As it reaches the guard. */
const sent = (residual: Residual): Residual => JSON.parse(JSON.stringify(residual));
const both = [decide, decideWithBreakGlass];

test('a residual applied to resources, sent or not, is each resource decided alone', () => {
  holds(
    fc.property(scene, manyFacts, ({ state, question, deployment }, resources) => {
      const { permit, residual } = decide(state, question, deployment);
      for (const facts of resources) {
        const alone = decidedAlone(state, question, deployment, facts);
        assert.equal(permits(residual, facts), alone);
        assert.equal(permits(sent(residual), facts), alone);
        assert.ok(permit || !alone);
        assert.ok(alone || !permitsEverything(residual));
      }
    }),
  );
});

test('a declaration adds what is permitted for BTG, or for TREAT where BTG is asked, and nothing else', () => {
  holds(
    fc.property(inEmergencyScene, manyFacts, ({ state, question, deployment }, resources) => {
      const { residual, purpose, breakGlass } = decideWithBreakGlass(state, question, deployment);
      const other = { ...question, purpose: question.purpose === 'BTG' ? 'TREAT' : 'BTG' };
      const adds = question.actor.role === 'practitioner' && ['TREAT', 'ETREAT', 'BTG'].includes(question.purpose);
      for (const facts of resources) {
        const asked = decidedAlone(state, question, deployment, facts);
        const added = adds && decidedAlone(state, other, deployment, facts);
        assert.equal(permits(residual, facts), asked || added);
        if (added && !asked) assert.deepEqual([purpose, breakGlass], ['BTG', 'mine']);
      }
    }),
  );
});

test('the explanation comes to what the decision is, for each resource too', () => {
  holds(
    fc.property(fc.oneof(scene, inEmergencyScene), manyFacts, ({ state, question, deployment }, resources) => {
      for (const [decides, explains] of [
        [decide, explain],
        [decideWithBreakGlass, explainWithBreakGlass],
      ] as const) {
        const decision = decides(state, question, deployment);
        const { decision: explained, steps } = explains(state, question, deployment, resources);
        assert.deepEqual(explained, decision);
        assert.ok(steps.some(({ decided }) => decided));
        const said = steps.slice(-resources.length).map(({ reason }) => reason.endsWith(': it may be read.'));
        assert.deepEqual(
          said,
          resources.map((facts) => permits(decision.residual, facts)),
        );
      }
    }),
  );
});

test('a revoked consent never permits', () => {
  holds(
    fc.property(scene, fc.array(fc.boolean()), manyFacts, ({ state, question, deployment }, revoked, resources) => {
      const consents = state.consents.filter((_, index) => !revoked[index]);
      const closed = { ...deployment, basePolicy: 'deny', authorReads: false } as const;
      for (const decides of both) {
        const { basis } = decides({ ...state, consents }, question, closed);
        for (const each of basis)
          assert.ok(each.startsWith('rule:') || consents.some((one) => referenceOf(one) === each));
        const none = decides({ ...state, consents: [] }, question, closed);
        if (none.basis[0] !== 'rule:1') for (const facts of resources) assert.ok(!permits(none.residual, facts));
      }
    }),
  );
});

test('a new deny without exceptions never widens', () => {
  const policies = fc.constantFrom([], ['urn:nowhere'], ['https://profiles.ihe.net/ITI/PCF/Policy-deny']);
  holds(
    fc.property(
      fc.oneof(scene, inEmergencyScene),
      arbitrary.provision(['deny']),
      policies,
      manyFacts,
      (made, root, uris, resources) => {
        const { state, question, deployment } = made;
        const added = a.active(a.consent(root, ...uris), 9, deployment);
        for (const decides of both) {
          const before = decides(state, question, deployment);
          const after = decides({ ...state, consents: [...state.consents, added] }, question, deployment);
          for (const facts of resources) assert.ok(permits(before.residual, facts) || !permits(after.residual, facts));
        }
      },
    ),
  );
});

test('the order of unrelated consents does not matter', () => {
  const nobodyHere = (json: Json): Json => ({
    provision: { ...(json.provision as Json), actor: [a.recipient('Organization/far')], provision: [] },
  });
  const others = fc.array(arbitrary.consent.map(nobodyHere), { maxLength: 3 });
  holds(
    fc.property(scene, others, fc.infiniteStream(fc.nat(6)), ({ state, question, deployment }, away, places) => {
      const mixed = [...state.consents];
      for (const [index, json] of away.entries())
        mixed.splice(
          places.next().value! % (mixed.length + 1),
          0,
          a.active(withoutProvisions(json), 10 + index, deployment),
        );
      for (const decides of both)
        assert.deepEqual(
          decides({ ...state, consents: mixed }, question, deployment),
          decides(state, question, deployment),
        );
    }),
  );
});

/** An empty list of provisions is none. */
function withoutProvisions(json: Json): Json {
  const { provision: _, ...root } = json.provision as Json;
  return { ...json, provision: root };
}

test('under the label ceiling a consent never permits a label that it does not name', () => {
  holds(
    fc.property(scene, manyFacts, ({ state, question, deployment }, resources) => {
      const ceiling = { ...deployment, labelCeiling: true, authorReads: false };
      const decision = decide(state, question, ceiling);
      const consent = state.consents.find((each) => referenceOf(each) === decision.basis[0]);
      if (!consent) return;
      const named = namedLabels(decision.residual.any.map(({ rule }) => rule));
      for (const facts of resources.filter((each) => permits(decision.residual, each)))
        for (const { code } of facts.labels) assert.ok(['N', 'L'].includes(code) || named.has(code), code);
    }),
  );
});

const namedLabels = (rules: readonly ResidualRule[]): Set<string> =>
  new Set(
    rules.flatMap((rule) => [
      ...(rule.type === 'permit' ? (rule.labels ?? []).map(({ code }) => code) : []),
      ...namedLabels(rule.rules ?? []),
    ]),
  );

test('very restricted data is never opened by break-glass alone', () => {
  holds(
    fc.property(inEmergencyScene, arbitrary.facts, ({ state, question, deployment }, facts) => {
      const secret: ResourceFacts = { ...facts, labels: a.labels('V') };
      const none = { consents: [], declarations: state.declarations };
      const of = { ...deployment, authorReads: false, labelCeiling: true };
      const decision = decideWithBreakGlass(none, question, of);
      assert.ok(decision.basis[0] === 'rule:1' || !permits(decision.residual, secret));
    }),
  );
});

test('until the time that it names, an answer stays the same', () => {
  const essence = ({ validUntil: _, ...rest }: Decision) => rest;
  holds(
    fc.property(
      fc.oneof(scene, inEmergencyScene),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ state, question, deployment }, share) => {
        for (const decides of both) {
          const decision = decides(state, question, deployment);
          const until = decision.validUntil ?? a.day('2026-04-01');
          assert.ok(until > question.at);
          const at = question.at + Math.floor(share * (until - 1 - question.at));
          assert.deepEqual(essence(decides(state, { ...question, at }, deployment)), essence(decision));
        }
      },
    ),
  );
});

test('whatever a consent holds, it is parsed, and nothing that is no provision permits', () => {
  const mangled = fc.oneof(
    fc.dictionary(fc.constantFrom('provision', 'policy', 'modifierExtension', 'policyRule'), fc.jsonValue()),
    fc
      .tuple(
        arbitrary.consent,
        fc.jsonValue(),
        fc.constantFrom('type', 'purpose', 'actor', 'period', 'data', 'provision'),
      )
      .map(([json, value, name]) => ({ ...json, provision: { ...(json.provision as Json), [name]: value } })),
  ) as fc.Arbitrary<Json>;
  holds(
    fc.property(mangled, arbitrary.question, arbitrary.deployment, (json, question, deployment) => {
      const { root } = parseStatement(json, deployment);
      if ((json.provision as Json | undefined)?.type !== 'permit') assert.equal(root.type, 'forbid');
      assert.equal(root.type === 'permit', root.problems.length === 0 && (json.provision as Json).type === 'permit');
      const { permit, residual } = decide(a.given([json], [], deployment), question, deployment);
      assert.equal(permit, residual.any.length > 0);
    }),
  );
});
